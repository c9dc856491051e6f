/** Finishes what was committed and not appended: a dead process's own at its next start, another's once it is overdue (ARCHITECTURE, settled at the borders). */
import { encode } from '@countersign/bytes';
import { EntryType, envelopeBatchCodec } from '@countersign/custody';
import { ringDoorbell, type Sql } from '@countersign/db';
import type { Revocations } from '../directory/revocation.ts';
import type { Territories } from '../enrol/territories.ts';
import type { Epochs } from '../groups/epochs.ts';
import { MAIL_CHANNEL } from '../messages/acceptor.ts';
import { recordGrantEntry } from '../messages/grant-book.ts';
import { plain } from '../store/rows.ts';
import type { DeliveryLog } from './delivery-log.ts';

const ROWS_PER_PASS = 256;
/** An append that is this old is not on its way any more: of this process, and of another. */
const OWN_OVERDUE_MS = 20_000;
const OTHERS_OVERDUE_MS = 60_000;

export interface RecoveryOptions {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly epochs: Epochs;
  readonly territories: Territories;
  readonly revocations: Revocations;
  readonly relayKey: Uint8Array;
  readonly nowMs: () => number;
}

/** `isStart`: nothing of this process is on its way yet, so all of its own is due. */
export async function recover(options: RecoveryOptions, isStart: boolean): Promise<void> {
  const { relayKey, nowMs, territories, revocations } = options;
  const own = nowMs() - (isStart ? 0 : OWN_OVERDUE_MS);
  const others = nowMs() - OTHERS_OVERDUE_MS;
  const due: Due = { relayKey, ownMs: own, othersMs: others };
  await recoverRosters(options, due);
  await recoverGrants(options, due);
  await recoverBatches(options, due);
  await territories.logOpen({ olderThanMs: isStart ? 0 : OWN_OVERDUE_MS });
  await revocations.logOpen();
}

/** What is not appended and was made before these times is not on its way any more. */
interface Due {
  readonly relayKey: Uint8Array;
  readonly ownMs: number;
  readonly othersMs: number;
}

async function recoverBatches({ sql, log }: RecoveryOptions, due: Due): Promise<void> {
  const rows = await sql<{ batch: bigint; count: number; root: Buffer; salt: Buffer }[]>`
    select batch, count, root, salt from envelope_batch where log_index is null
      and created_ms <= case when relay = ${due.relayKey} then ${due.ownMs}::bigint else ${due.othersMs}::bigint end
    order by batch limit ${ROWS_PER_PASS}`;
  for (const { batch, count, root, salt } of rows) {
    const body = encode(envelopeBatchCodec, { batch, count, root: plain(root) });
    const entry = await log.appendKept({ by: 'relay', type: EntryType.envelopeBatch, body, salt: plain(salt), isRetry: true });
    await sql`update envelope_batch set log_index = ${entry.index}, entry = ${entry.entry}, payload = ${entry.payload}
      where batch = ${batch} and log_index is null`;
  }
  if (rows.length > 0) await ringDoorbell(sql, MAIL_CHANNEL);
}

async function recoverRosters({ sql, epochs }: RecoveryOptions, due: Due): Promise<void> {
  const rows = await sql<{ group_id: Buffer; epoch: bigint }[]>`
    select group_id, epoch from group_epoch where log_index is null
      and created_ms <= case when relay = ${due.relayKey} then ${due.ownMs}::bigint else ${due.othersMs}::bigint end
    order by group_id, epoch limit ${ROWS_PER_PASS}`;
  for (const { group_id, epoch } of rows) await epochs.log(plain(group_id), epoch, true);
}

async function recoverGrants({ sql, log }: RecoveryOptions, due: Due): Promise<void> {
  const rows = await sql<{ grant_id: Buffer; grant_bytes: Buffer; salt: Buffer }[]>`
    select grant_id, grant_bytes, salt from scope_grant where log_index is null
      and created_ms <= case when relay = ${due.relayKey} then ${due.ownMs}::bigint else ${due.othersMs}::bigint end
    limit ${ROWS_PER_PASS}`;
  for (const { grant_id, grant_bytes, salt } of rows) {
    const item = { by: 'relay', type: EntryType.grant, body: plain(grant_bytes), salt: plain(salt), isRetry: true } as const;
    await recordGrantEntry(sql, grant_id, await log.appendKept(item));
  }
}
