/** Application statements (type 22): the entry holds the hash, the struct is kept here (PROTOCOL 11.2). */
import { concat, encode, fixed, fromUtf8, opaque, struct, uint64, version } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { EntryType } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import type { DeliveryLog } from './delivery-log.ts';

export interface StatementToLog {
  readonly kind: string;
  /** Begins with version and kind. */
  readonly struct: Uint8Array;
}

export async function appendStatements(sql: Sql, log: DeliveryLog, statements: readonly StatementToLog[]): Promise<void> {
  const entries = await log.append(
    'relay',
    statements.map((statement) => ({ type: EntryType.statement, body: labelledHash('AC1 object', statement.struct) })),
  );
  for (const [i, { index, salt, payload }] of entries.entries()) {
    const { kind, struct: bytes } = statements[i] as StatementToLog;
    await sql`insert into statement (log_index, kind, struct, salt, payload)
      values (${index}, ${kind}, ${bytes}, ${salt}, ${payload}) on conflict do nothing`;
  }
}

const headCodec = struct({ version, kind: opaque(1, 64) });
const consentCodec = struct({
  deviceId: fixed<'DeviceId'>(16),
  envSigKey: fixed<'SigKey'>(32),
  statementHash: fixed<'Hash'>(32),
  signature: fixed<'Sig'>(64),
  time: uint64,
});
const redemptionCodec = struct({
  voucherId: fixed<'VoucherId'>(16),
  deviceId: fixed<'DeviceId'>(16),
  accountId: fixed<'AccountId'>(16),
  time: uint64,
});

/** That a device agreed to the custody statement with that hash. */
export function consentStatement(consent: {
  readonly deviceId: Uint8Array;
  readonly envSigKey: Uint8Array;
  readonly statementHash: Uint8Array;
  readonly signature: Uint8Array;
  readonly time: bigint;
}): StatementToLog {
  return { kind: 'consent', struct: concat(encode(headCodec, { kind: fromUtf8('consent') }), encode(consentCodec, consent)) };
}

/** That a voucher admitted a device; the voucher's secret is in no statement. */
export function redemptionStatement(redemption: {
  readonly voucherId: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly accountId: Uint8Array;
  readonly time: bigint;
}): StatementToLog {
  const head = encode(headCodec, { kind: fromUtf8('voucher redemption') });
  return { kind: 'voucher redemption', struct: concat(head, encode(redemptionCodec, redemption)) };
}
