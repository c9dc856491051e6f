/** The calls of one release: what custodians are shown, and their answers (contracts/custodian.proto; PROTOCOL 11.3, "what is sent"). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { encode } from '@countersign/bytes';
import { deriveSummary, orderSummaryCodec } from '@countersign/custody';
import type { AppendedEntry, LogMirror } from '@countersign/service';
import { AppError, custodianFrames, type custodyFrames } from '@countersign/wire';
import { callForBytes } from '../http-call.ts';
import type { KnownScope } from '../intake/scope.ts';
import type { OrderInForce } from '../orders/order-book.ts';

/** A custodian judges up to 1,024 grants and waits for a witnessed checkpoint before it answers. */
const ANSWER_MAX_MS = 60_000;
/** 1,024 releases of about 400 bytes. */
const ANSWER_BYTES_MAX = 4 * 2 ** 20;

/** The call for the request at `request.index`, under the newest checkpoint of the copy, which includes it. */
export function encodeReleaseCall(
  mirror: LogMirror,
  order: OrderInForce,
  request: AppendedEntry,
  scopes: readonly KnownScope[],
): Uint8Array {
  const { size, note } = mirror.freshCheckpoint();
  const show = (index: bigint, secret = mirror.directory.secretOf(index)): custodianFrames.ShownEntry =>
    create(custodianFrames.ShownEntrySchema, {
      index,
      entry: mirror.entry(index),
      salt: secret?.salt ?? new Uint8Array(0),
      payload: secret?.payload ?? new Uint8Array(0),
      inclusion: mirror.proveInclusion(index, size),
    });
  const shown = (entry: custodyFrames.Shown | undefined): custodianFrames.ShownEntry => {
    if (entry === undefined) throw new AppError('frame.malformed', 'entry of a scope');
    return show(entry.index, { salt: entry.salt, payload: entry.payload });
  };
  const call = create(custodianFrames.ReleaseCallSchema, {
    checkpoint: note,
    order: show(order.orderIndex),
    summary: show(order.summaryIndex),
    summaryStruct: encode(orderSummaryCodec, deriveSummary(order.order)),
    authorisations: order.authorisationIndices.map((index) => show(index)),
    request: show(request.index, request),
    scopes: scopes.map(({ shown: scope }) =>
      create(custodianFrames.ScopeEvidenceSchema, {
        grant: shown(scope.grantEntry),
        roster: shown(scope.rosterEntry),
        rosterStruct: scope.roster,
        deviceCert: shown(scope.deviceCertEntry),
      }),
    ),
  });
  return toBinary(custodianFrames.ReleaseCallSchema, call);
}

/** Asks one custodian; one that cannot be reached answers `internal.unavailable`. */
export async function callCustodian(url: string, body: Uint8Array, signal: AbortSignal): Promise<custodianFrames.ReleaseReply> {
  try {
    const options = { body, signal, callMaxMs: ANSWER_MAX_MS, answerBytesMax: ANSWER_BYTES_MAX };
    return fromBinary(custodianFrames.ReleaseReplySchema, await callForBytes(`${url}/v1/release`, options));
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    return create(custodianFrames.ReleaseReplySchema, { code: typeof code === 'string' ? code : 'internal.unavailable' });
  }
}
