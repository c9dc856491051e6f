/** ReleaseCall: what a gateway sends (contracts/custodian.proto), as the gate takes it (PROTOCOL 11.3). */
import { fromBinary } from '@bufbuild/protobuf';
import type { EntrySecret, ReleasePackage } from '@countersign/custody';
import { AppError, custodianFrames } from '@countersign/wire';

/** grant_ids<32..32768>. */
const SCOPES_MAX = 1024;
/** A scope's evidence with a roster of some hundred members is 20 KB; one of thousands is asked for in several calls. */
export const CALL_BYTES_MAX = 32 * 2 ** 20;

/**
 * The package in a call's bytes. Of the order, its summary, its authorisations and the device certificates only the request's place is
 * taken: the custodian judges them from its own copy, so that none can be left out. Throws `frame.malformed` and `limit.items`.
 */
export function parseReleaseCall(bytes: Uint8Array): ReleasePackage {
  const call = decodeFrame(bytes);
  if (call.scopes.length > SCOPES_MAX) throw new AppError('limit.items', 'scopes');
  if (call.request === undefined) throw new AppError('frame.malformed', undefined);
  const rosters = new Map<bigint, ReleasePackage['rosters'][number]>();
  for (const { roster, rosterStruct } of call.scopes) {
    if (roster !== undefined) rosters.set(roster.index, { index: roster.index, secret: secretOf(roster), roster: rosterStruct });
  }
  return {
    checkpoint: call.checkpoint,
    requestIndex: call.request.index,
    grants: call.scopes.flatMap(({ grant }) => (grant === undefined ? [] : [{ index: grant.index, secret: secretOf(grant) }])),
    rosters: [...rosters.values()],
  };
}

function decodeFrame(bytes: Uint8Array): custodianFrames.ReleaseCall {
  try {
    return fromBinary(custodianFrames.ReleaseCallSchema, bytes);
  } catch (cause) {
    throw new AppError('frame.malformed', undefined, { cause });
  }
}

function secretOf({ salt, payload }: custodianFrames.ShownEntry): EntrySecret {
  return { salt, payload };
}
