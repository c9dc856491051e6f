/** What a running process does by the clock: recovery, openings, renewals, partitions, and forgetting what is past its time. */
import { dayOf } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import type { Blobs } from './directory/blobs.ts';
import type { Renewals } from './enrol/renewal.ts';
import type { Territories } from './enrol/territories.ts';
import { HANDSHAKE_DAYS, SEEN_DAYS } from './limits.ts';
import type { DeliveryLog } from './log/delivery-log.ts';
import { type RecoveryOptions, recover } from './log/recovery.ts';

const TICK_MS = 5_000;
/** In ticks. */
const MINUTE = 12;
const HOUR = 720;
const DAY_S = 86_400n;

export interface UpkeepOptions extends RecoveryOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly blobs: Blobs;
  readonly renewals: Renewals;
  readonly territories: Territories;
  /** Unix seconds. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #timer: NodeJS.Timeout;
  #running: Promise<void> = Promise.resolve();
  #isRunning = false;
  #tick = 0;

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#running = this.#run(true);
    this.#timer = setInterval(() => {
      if (!this.#isRunning) this.#running = this.#run(false);
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #run(isStart: boolean): Promise<void> {
    this.#isRunning = true;
    const tick = this.#tick++;
    const { log, territories, onError } = this.#options;
    const steps: (() => Promise<unknown>)[] = [];
    if (log.directory.hasProfile) {
      steps.push(() => recover(this.#options, isStart));
      if (tick % MINUTE === 0)
        steps.push(
          () => this.#renewTerritories(),
          () => this.#renewCerts(),
        );
      steps.push(() => territories.post());
    } else this.#tick = 0;
    if (tick % MINUTE === 0) steps.push(() => this.#forgetSessions());
    if (tick % HOUR === 0 && log.directory.hasProfile) steps.push(() => this.#forgetOld());
    for (const step of steps) await step().catch(onError);
    this.#isRunning = false;
  }

  async #renewTerritories(): Promise<void> {
    const { territories } = this.#options;
    while ((await territories.renew()) > 0) await territories.logOpen({ olderThanMs: 0 });
  }

  async #renewCerts(): Promise<void> {
    const { renewals } = this.#options;
    await renewals.logOpen();
    while (await renewals.renew());
  }

  async #forgetSessions(): Promise<void> {
    const { sql, now } = this.#options;
    await sql`select ensure_partitions(${dayOf(now())})`;
    await sql`delete from session_nonce where expires < ${now()}`;
    await sql`delete from blob_token where expires < ${now()}`;
  }

  /** Retention is the profile's (PROTOCOL 4.1). */
  async #forgetOld(): Promise<void> {
    const { sql, now, log, blobs } = this.#options;
    const { retentionDays } = log.directory.profile;
    const today = BigInt(dayOf(now()));
    const oldest = today - BigInt(retentionDays);
    await sql`select drop_partitions(${oldest}, ${today - SEEN_DAYS})`;
    await sql`delete from handshake where created < ${BigInt(now()) - HANDSHAKE_DAYS * DAY_S}`;
    await sql`delete from scope_slot where day < ${oldest}`;
    await sql`delete from blob_day where day < ${today - 1n}`;
    await blobs.expire(retentionDays);
  }
}
