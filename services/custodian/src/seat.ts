/** The seat that a CeremonyOpen gives this custodian, after the checks that it makes before it joins (PROTOCOL 13). */
import { decode, encode, ensure, equal, fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type CustodyKey, custodyKeyCodec, type NetworkId, type SigKey, verifyCustodyKey } from '@countersign/custody';
import { type CeremonyOpen, type CeremonySetup, DKG, type OldCustody } from '@countersign/threshold';
import { AppError } from '@countersign/wire';
import { type CeremonyUnderWay, type CustodianSecrets, type HeldShare, shareOf } from './secrets.ts';

export interface SeatContext {
  readonly networkId: NetworkId;
  readonly rootKey: SigKey;
  readonly name: string;
  readonly secrets: CustodianSecrets;
  readonly ceremony: CeremonyUnderWay;
  /** The newest generation that the own copy of the log has of a custody key. */
  readonly loggedKey: (custodyKeyId: Uint8Array) => CustodyKey | null;
}

/**
 * What this custodian does in the ceremony: it receives where CeremonyOpen lists its sig_key, its name and the key made for this
 * ceremony, and deals in a DKG or as a holder of the old key. `policy.forbidden` for another ceremony or network, or without a seat;
 * `custody_key.invalid` for an old key that is not the newest.
 */
export function takeSeat(open: CeremonyOpen, oldBytes: Uint8Array | null, context: SeatContext): CeremonySetup {
  const { secrets, ceremony, networkId, name } = context;
  if (!equal(open.networkId, networkId) || !equal(open.ceremonyId, ceremony.ceremonyId))
    throw new AppError('policy.forbidden', 'open');
  const sigKey = crypto.ed25519PublicKey(secrets.sigSeed);
  const row = open.members.find((member) => equal(member.sigKey, sigKey));
  const isOurs = row === undefined || (equal(row.hpkeKey, ceremony.publicKey) && equal(row.name, fromUtf8(name)));
  if (!isOurs) throw new AppError('policy.forbidden', 'members');
  const receiver = row === undefined ? null : { index: row.index, hpkeSecret: ceremony.secretKey };
  if (open.kind === DKG) {
    if (receiver === null || oldBytes !== null) throw new AppError('policy.forbidden', 'members');
    return { open, old: null, author: { index: receiver.index, seed: secrets.sigSeed, share: null }, receiver };
  }
  const old = verifyOldKey(open, oldBytes, context);
  const held = shareOf(secrets, old.custodyKeyId);
  const holds = held !== null && held.shareGen === old.shareGen && open.oldHolders.includes(held.index);
  const author = holds ? { index: held.index, seed: secrets.sigSeed, share: held.x } : null;
  if (author === null && receiver === null) throw new AppError('policy.forbidden', 'members');
  return { open, old: oldCustodyOf(old), author, receiver };
}

/** The old key with all its signatures, the same that this custodian holds a share of or has in its copy of the log. */
function verifyOldKey(
  open: CeremonyOpen,
  bytes: Uint8Array | null,
  { networkId, rootKey, secrets, loggedKey }: SeatContext,
): CustodyKey {
  if (bytes === null) throw new AppError('input.malformed', 'old_custody_key');
  const old = verifyCustodyKey(bytes, { networkId, rootKey });
  ensure(open.fromDay === old.fromDay, 'custody_key.invalid');
  const held: HeldShare | null = shareOf(secrets, old.custodyKeyId);
  ensure(held === null || equal(held.custodyKey, bytes), 'custody_key.invalid');
  const logged = loggedKey(old.custodyKeyId);
  ensure(logged === null || equal(encode(custodyKeyCodec, logged), bytes), 'custody_key.invalid');
  return old;
}

function oldCustodyOf({ Y, custodians, custodyKeyId, t, shareGen }: CustodyKey): OldCustody {
  return { Y, Yi: custodians.map((row) => row.Yi), sigKeys: custodians.map((row) => row.sigKey), custodyKeyId, t, shareGen };
}

/** The encoded key with blank signatures: what is signed, in the form in which it is passed around and kept. */
export function unsignedBytes(bytes: Uint8Array): Uint8Array {
  const key = decode(custodyKeyCodec, bytes);
  return encode(custodyKeyCodec, { ...key, sigs: key.sigs.map(() => new Uint8Array(64)) });
}
