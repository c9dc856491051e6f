/** CustodyKey: the joint key Y that devices seal to, vouched for by every custodian and the network root (PROTOCOL 4). */
import {
  type Codec,
  decode,
  encode,
  ensure,
  equal,
  type Infer,
  list,
  refine,
  struct,
  u32,
  uint8,
  uint32,
  version,
} from '@countersign/bytes';
import { isLabelledSignature, labelledHash, labelledSign } from '@countersign/crypto';
import { type Custodian, custodianCodec } from '@countersign/threshold';
import { type Hash, hash, type NetworkId, networkId, type Point65, point65, type Sig, type SigKey, sig } from './ids.ts';

export const CUSTODIANS_MAX = 31;
export const THRESHOLD_MIN = 2;

/** The row of a custody key in the profile: which Y a scope of a day may be sealed to; both days are in. */
export const custodyKeyRefCodec = struct({ custodyKeyId: hash, Y: point65, fromDay: uint32, toDay: uint32 });
export type CustodyKeyRef = Infer<typeof custodyKeyRefCodec>;

/** What the signatures cover besides the custodians. */
const headFields = {
  version,
  networkId,
  fromDay: uint32,
  Y: point65,
  custodyKeyId: hash,
  t: refine(uint8, (t) => t >= THRESHOLD_MIN),
  n: refine(uint8, (n) => n >= THRESHOLD_MIN && n <= CUSTODIANS_MAX),
};
const headCodec = refine(struct(headFields), ({ t, n }) => t <= n);
/** One row for each index 1, 2, ... in order. */
const custodiansCodec = refine(list(custodianCodec, 266, 65_535), (custodians) =>
  custodians.every(({ index }, i) => index === i + 1),
);
const sigsCodec = list(sig, 192, 65_535);

export interface CustodyKeyBody extends Infer<typeof headCodec> {
  shareGen: number;
  custodians: Custodian[];
  transcriptHash: Hash;
}
export interface CustodyKey extends CustodyKeyBody {
  /** Of the n custodians in order, then of the network root. */
  sigs: Sig[];
}

const bodyTailCodec = struct({ shareGen: uint32, custodians: custodiansCodec, transcriptHash: hash });

const bodyCodec: Codec<CustodyKeyBody> = {
  read(reader) {
    const head = headCodec.read(reader);
    const custodians = refine(bodyTailCodec, (tail) => tail.custodians.length === head.n).read(reader);
    return { ...head, ...custodians };
  },
  write(writer, value) {
    if (value.custodians.length !== value.n) throw new RangeError('n is not the number of custodians');
    headCodec.write(writer, value);
    bodyTailCodec.write(writer, value);
  },
};

/** Counts that contradict n are `decode.value` for custodians and `decode.length` for signatures. */
export const custodyKeyCodec: Codec<CustodyKey> = {
  read(reader) {
    const body = bodyCodec.read(reader);
    const sigs = refine(sigsCodec, (all) => all.length === body.n + 1, 'decode.length').read(reader);
    return { ...body, sigs };
  },
  write(writer, value) {
    if (value.sigs.length !== value.n + 1) throw new RangeError('custodians and root sign, nobody else');
    bodyCodec.write(writer, value);
    sigsCodec.write(writer, value.sigs);
  },
};

/** H("AC1 custody key id", network_id || from_day || Y): the same before and after resharing (PROTOCOL 4). */
export function custodyKeyId(network: NetworkId, fromDay: number, Y: Point65): Hash {
  return labelledHash('AC1 custody key id', network, u32(fromDay), Y);
}

/** The signature that one custodian, or the network root, gives for `body`. */
export function signCustodyKey(body: CustodyKeyBody, seed: Uint8Array): Sig {
  return labelledSign(seed, 'AC1 custody key', encode(bodyCodec, body));
}

export interface CustodyKeyExpectations {
  readonly networkId: NetworkId;
  /** The network root's key. */
  readonly rootKey: SigKey;
  /** The profile's row, for whoever holds one. */
  readonly ref?: CustodyKeyRef;
}

/**
 * The custody key of these bytes, which a device may seal to once it is also logged: its id is recomputed and every signature
 * stands. Faults are those of decoding or `custody_key.invalid`.
 */
export function verifyCustodyKey(bytes: Uint8Array, expected: CustodyKeyExpectations): CustodyKey {
  const key = decode(custodyKeyCodec, bytes);
  ensure(equal(key.networkId, expected.networkId), 'custody_key.invalid');
  ensure(equal(key.custodyKeyId, custodyKeyId(key.networkId, key.fromDay, key.Y)), 'custody_key.invalid');
  if (expected.ref !== undefined) ensure(isOfRef(key, expected.ref), 'custody_key.invalid');
  const message = encode(bodyCodec, key);
  const signers = [...key.custodians.map(({ sigKey }) => sigKey), expected.rootKey];
  for (const [i, signer] of signers.entries()) {
    const signature = key.sigs[i] as Sig;
    ensure(isLabelledSignature(signer, 'AC1 custody key', message, signature), 'custody_key.invalid', { signer: i + 1 });
  }
  return key;
}

function isOfRef(key: CustodyKey, ref: CustodyKeyRef): boolean {
  return equal(key.custodyKeyId, ref.custodyKeyId) && equal(key.Y, ref.Y) && key.fromDay === ref.fromDay;
}
