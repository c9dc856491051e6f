/** The end of a ceremony: this custodian signs the CustodyKey that its own transcript gives, and takes the share that it names (PROTOCOL 13). */
import { decode, encode, ensure, equal, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  type CustodyKey,
  custodyKeyCodec,
  custodyKeyId,
  type NetworkId,
  type SigKey,
  signCustodyKey,
  verifyCustodyKey,
} from '@countersign/custody';
import { type CeremonyOpen, ceremonyOpenCodec, type FinishedCeremony } from '@countersign/threshold';
import { AppError } from '@countersign/wire';
import type { RoundResult } from './ceremony-rounds.ts';
import { unsignedBytes } from './seat.ts';
import type { CeremonyUnderWay, CustodianSecrets, HeldShare } from './secrets.ts';

const FIRST_SHARE_GEN = 1;

/** The signature for a CustodyKey that says what this custodian computed, its own keys included; else `custody_key.invalid`. */
export function signKey(
  bytes: Uint8Array,
  ceremony: CeremonyUnderWay,
  secrets: CustodianSecrets,
  network: NetworkId,
): RoundResult {
  const { finished, open } = endOf(ceremony);
  if (finished.x === null) throw new AppError('policy.forbidden', 'no member');
  const key = decode(custodyKeyCodec, bytes);
  verifyOutcome(key, finished, open, network);
  const own = key.custodians.find((row) => equal(row.sigKey, crypto.ed25519PublicKey(secrets.sigSeed)));
  ensure(own !== undefined && equal(own.hpkeKey, secrets.hpkeKey), 'custody_key.invalid');
  const sig = signCustodyKey(key, secrets.sigSeed);
  return { changes: { signed: unsignedBytes(bytes) }, answer: { sig: toHex(sig) }, publish: [] };
}

export interface FinishedKey {
  /** Null for a holder that leaves. */
  readonly share: HeldShare | null;
  /** Older generations of the same key, which are destroyed now that all have signed. */
  readonly replaced: readonly HeldShare[];
  readonly answer: unknown;
}

/** What is kept and what is destroyed once the CustodyKey has all its signatures, the root's included; else `custody_key.invalid`. */
export function finishKey(
  bytes: Uint8Array,
  ceremony: CeremonyUnderWay,
  secrets: CustodianSecrets,
  { networkId, rootKey }: { readonly networkId: NetworkId; readonly rootKey: SigKey },
): FinishedKey {
  const { finished, open } = endOf(ceremony);
  const key = verifyCustodyKey(bytes, { networkId, rootKey });
  verifyOutcome(key, finished, open, networkId);
  const { custodyKeyId: id, shareGen } = key;
  const answer = { custody_key_id: toHex(id), share_gen: shareGen };
  const replaced = secrets.shares.filter((held) => equal(held.custodyKeyId, id) && held.shareGen < shareGen);
  if (finished.x === null) return { share: null, replaced, answer };
  if (ceremony.signed === null) throw new AppError('frame.unexpected', 'finish');
  ensure(equal(ceremony.signed, unsignedBytes(bytes)), 'custody_key.invalid');
  const own = key.custodians.find((row) => equal(row.sigKey, crypto.ed25519PublicKey(secrets.sigSeed)));
  ensure(own !== undefined, 'custody_key.invalid');
  return { share: { custodyKeyId: id, shareGen, index: own.index, x: finished.x, custodyKey: bytes }, replaced, answer };
}

/** The key of the transcript, field by field; the others' HPKE keys are their own to check. */
function verifyOutcome(key: CustodyKey, { outcome }: FinishedCeremony, open: CeremonyOpen, networkId: NetworkId): void {
  const { Y, Yi, transcriptHash } = outcome;
  const expected = {
    ...key,
    networkId,
    fromDay: open.fromDay,
    Y,
    custodyKeyId: custodyKeyId(networkId, open.fromDay, Y),
    t: open.t,
    n: open.n,
    shareGen: open.oldGen === 0 ? FIRST_SHARE_GEN : open.oldGen + 1,
    custodians: open.members.map(({ index, name, sigKey }, i) => ({
      index,
      name,
      Yi: Yi[i] as CustodyKey['custodians'][number]['Yi'],
      sigKey,
      hpkeKey: key.custodians[i]?.hpkeKey ?? new Uint8Array(65),
    })),
    transcriptHash,
  };
  ensure(key.n === open.n && equal(encode(custodyKeyCodec, key), encode(custodyKeyCodec, expected)), 'custody_key.invalid');
}

function endOf({ state, open }: CeremonyUnderWay): { readonly finished: FinishedCeremony; readonly open: CeremonyOpen } {
  if (state?.phase !== 'finished' || open === null) throw new AppError('frame.unexpected', 'the ceremony is not at its end');
  return { finished: state, open: decode(ceremonyOpenCodec, open) };
}
