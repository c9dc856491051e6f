/** CeremonyOpen: who takes part in which ceremony (PROTOCOL 13). Every later message is bound to its hash, ctx. */
import { encode, ensure, enumeration, fixed, type Infer, isZero, list, struct, uint8, uint32, version } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { parsePoint65 } from '../point.ts';
import { type Hash, hash, networkId } from '../wire.ts';
import { custodianCodec } from './custodian.ts';

export const DKG = 1;
export const RESHARE = 2;
/** Of members, and of holders in any generation (PROTOCOL 4). */
export const CUSTODIANS_MAX = 31;
const THRESHOLD_MIN = 2;

export const ceremonyOpenCodec = struct({
  version,
  kind: enumeration(1, [DKG, RESHARE]),
  ceremonyId: fixed<'CeremonyId'>(16),
  networkId,
  fromDay: uint32,
  t: uint8,
  n: uint8,
  /** Zeros in a DKG, like `oldGen`; there `oldHolders` is empty. */
  oldKeyId: hash,
  oldGen: uint32,
  /** The quorum Q that hands on the key: its indices in the old custody key, ascending. */
  oldHolders: list(uint8, 0, CUSTODIANS_MAX),
  /** The custodians to come, in order of their indices 1..n. */
  members: list(custodianCodec, 266, 65535),
});
export type CeremonyOpen = Infer<typeof ceremonyOpenCodec>;

/** ctx of a ceremony. */
export function ceremonyContext(open: CeremonyOpen): Hash {
  return labelledHash('AC1 ceremony', encode(ceremonyOpenCodec, open));
}

/** Indices of those who deal polynomials, ascending: every member of a DKG, the quorum of old holders in a resharing. */
export function ceremonyAuthors(open: CeremonyOpen): readonly number[] {
  return open.kind === DKG ? open.members.map(({ index }) => index) : open.oldHolders;
}

/**
 * The rules that a participant checks before joining: sizes, indices 1..n in order, empty Yi, fields of the other kind empty
 * (`decode.value`), and a valid hpke_key of each member (`point.*`).
 */
export function verifyCeremonyOpen(open: CeremonyOpen): CeremonyOpen {
  const { t, n, members, oldHolders } = open;
  ensure(n <= CUSTODIANS_MAX && t >= THRESHOLD_MIN && t <= n, 'decode.value');
  ensure(members.length === n && members.every(({ index }, i) => index === i + 1), 'decode.value');
  ensure(
    members.every(({ Yi }) => isZero(Yi)),
    'decode.value',
  );
  if (open.kind === DKG) ensure(oldHolders.length === 0 && open.oldGen === 0 && isZero(open.oldKeyId), 'decode.value');
  else ensure(oldHolders.length >= THRESHOLD_MIN && oldHolders.every(isAscendingIndex), 'decode.value');
  for (const { hpkeKey } of members) parsePoint65(hpkeKey);
  return open;
}

function isAscendingIndex(index: number, position: number, indices: readonly number[]): boolean {
  return index <= CUSTODIANS_MAX && index > (position === 0 ? 0 : (indices[position - 1] as number));
}
