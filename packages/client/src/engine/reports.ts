/** Reports: signed by the device, logged under its own key, sent until the service has them (PROTOCOL 14; 11.2, type 23). */

import { create } from '@bufbuild/protobuf';
import { decode, encode, fromUtf8 } from '@countersign/bytes';
import {
  commit,
  createLogEntry,
  createReport,
  EntryType,
  encodeSecretPayload,
  grantCodec,
  hourOf,
  NO_PREVIOUS_ENTRY,
  objectHash,
  reportCodec,
  ZERO_HANDLE,
} from '@countersign/custody';
import { deliveryFrames } from '@countersign/wire';
import { nowS } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import { type ReportRecord, TABLES } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import type { Context } from './context.ts';
import { nextOrder } from './conversations.ts';

const LAST = 'report';
const SALT_BYTES = 32;
/** More faults than this at once say nothing new. */
const REPORTS_WAITING_MAX = 1000;

/** Keeps a report about `grant` and, where one is at fault, an envelope. It never contains a content key. */
export async function fileReport(
  ctx: Context,
  work: Work,
  fault: { readonly code: string; readonly grant: Uint8Array; readonly envelope: Uint8Array },
): Promise<void> {
  if ((await work.scan(TABLES.report)).length >= REPORTS_WAITING_MAX) return;
  const body = {
    code: fromUtf8(fault.code),
    grant: decode(grantCodec, fault.grant),
    envelope: fault.envelope,
    time: BigInt(nowS(ctx.clock)),
  };
  const report = encode(reportCodec, createReport(body, ctx.device().envSeed));
  const record: ReportRecord = { report, entry: null, salt: null };
  work.put(TABLES.report, await nextOrder(work), record);
}

/** Sends what waits, one after the other: each entry names the one before. */
export async function sendReports(ctx: Context, session: Session): Promise<void> {
  for (const { key, value } of await ctx.vault.scan<ReportRecord>(TABLES.report)) {
    const { report, entry, salt } = await withEntry(ctx, key, value);
    const request = create(deliveryFrames.SendReportSchema, { report, entry, salt });
    const { logIndex } = await session.call({ case: 'report', value: request }, 'reportLogged');
    await ctx.vault.turn(async (work) => {
      work.put(TABLES.meta, LAST, logIndex);
      work.delete(TABLES.report, key);
    });
  }
}

/** Made once and stored before it is sent, so that a lost answer does not make a second entry. */
function withEntry(ctx: Context, key: string, record: ReportRecord) {
  return ctx.vault.turn(async (work) => {
    if (record.entry !== null && record.salt !== null) return { ...record, entry: record.entry, salt: record.salt };
    const salt = ctx.random(SALT_BYTES);
    const payload = encodeSecretPayload(EntryType.report, objectHash(reportCodec, decode(reportCodec, record.report)));
    const entry = createLogEntry(
      {
        type: EntryType.report,
        handle: ZERO_HANDLE,
        hour: hourOf(nowS(ctx.clock)),
        noticeBy: 0n,
        prevIndex: (await work.get<bigint>(TABLES.meta, LAST)) ?? NO_PREVIOUS_ENTRY,
        form: 1,
        commitment: commit(salt, payload),
      },
      ctx.device().envSeed,
    );
    const made = { report: record.report, entry, salt };
    work.put(TABLES.report, key, made);
    return made;
  });
}
