/** The feature policy in force: signed by this relay, logged as a statement, read again when another process changed it. */
import type { Random } from '@countersign/crypto';
import { ringDoorbell, type Sql } from '@countersign/db';
import { createPolicyStatement, DEFAULT_POLICY, type FeaturePolicy, parsePolicy, verifyPolicyStatement } from '@countersign/wire';
import type { DeliveryLog } from './log/delivery-log.ts';
import { appendStatements } from './log/statements.ts';
import { plain } from './store/rows.ts';

export const STATE_CHANNEL = 'delivery_state';

export interface PolicyBookOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly relaySeed: Uint8Array;
  readonly random: Random;
  /** Unix seconds. */
  readonly now: () => number;
}

export class PolicyBook {
  readonly #options: PolicyBookOptions;
  #current: { readonly seq: number; readonly policy: FeaturePolicy; readonly statement: Uint8Array } = {
    seq: 0,
    policy: DEFAULT_POLICY,
    statement: new Uint8Array(0),
  };

  constructor(options: PolicyBookOptions) {
    this.#options = options;
  }

  get policy(): FeaturePolicy {
    return this.#current.policy;
  }

  /** 0 until the operator has made one. */
  get seq(): number {
    return this.#current.seq;
  }

  /** Empty until the operator has made one. */
  get statement(): Uint8Array {
    return this.#current.statement;
  }

  /** Reads the newest. */
  async refresh(): Promise<void> {
    const { sql, log } = this.#options;
    const [row] = await sql<{ seq: number; statement: Buffer }[]>`select seq, statement from policy order by seq desc limit 1`;
    if (row === undefined || row.seq === this.#current.seq || !log.directory.hasProfile) return;
    const statement = plain(row.statement);
    const { networkId } = log.directory.profile;
    const { seq, policy } = verifyPolicyStatement(statement, { networkId, relayKeys: log.directory.relayKeys });
    this.#current = { seq, policy, statement };
  }

  /** `json` is the operator's; logged before it counts. */
  async set(json: unknown): Promise<FeaturePolicy> {
    const { sql, log, relaySeed, now } = this.#options;
    const policy = parsePolicy(json);
    await this.refresh();
    const { networkId } = log.directory.profile;
    const seq = this.#current.seq + 1;
    const statement = createPolicyStatement({ networkId, seq, issued: BigInt(now()), policy }, relaySeed);
    await appendStatements(sql, log, [{ kind: 'feature policy', struct: statement }]);
    await sql.begin(async (tx) => {
      await tx`insert into policy (seq, statement) values (${seq}, ${statement})`;
      await ringDoorbell(tx, STATE_CHANNEL);
    });
    await this.refresh();
    return policy;
  }
}
