/** From the service's Network frame to what a device believes: everything is proven against the root and the log (PROTOCOL 4, 11). */
import { decode, ensure, equal, toUtf8 } from '@countersign/bytes';
import {
  acceptedOrNull,
  type CustodyKey,
  certRevocationCodec,
  deviceCertCodec,
  EntryType,
  ensureProfileCurrent,
  type NetworkProfile,
  registerDevices,
  type VerifiedProfile,
  verifyCertRevocation,
  verifyCustodyKey,
  verifyDeviceCert,
  verifyProfileChain,
} from '@countersign/custody';
import { DEFAULT_POLICY, type deliveryFrames, verifyPolicyStatement } from '@countersign/wire';
import type { AnchorRecord } from '../store/tables.ts';
import { type SeenTree, verifyLogged, verifyRelayEntry } from './logged.ts';
import { Network, type NetworkFacts } from './network.ts';

export interface NetworkExpectations {
  readonly anchor: AnchorRecord;
  /** What was believed before; a service cannot go back behind it. */
  readonly previous: Network | null;
  readonly nowS: number;
}

/**
 * Throws `profile.invalid`, `profile.stale`, `custody_key.invalid`, or a `log.*` code. Custody keys whose proof the service does not
 * hold yet are left out: the caller asks again.
 */
export function verifyNetwork(frame: deliveryFrames.Network, expected: NetworkExpectations): Network {
  const { anchor, previous, nowS } = expected;
  const newest = followProfiles(frame, expected);
  const { profile } = newest;
  ensureProfileCurrent(profile, nowS);
  const proof = new LogProof(frame, profile, nowS, previous?.facts.seen ?? null);
  if (!isKnown(previous, newest)) ensure(proof.holds, 'profile.invalid');
  if (proof.holds) ensure(equal(proof.open(EntryType.profile, frame.profileEntry), frame.profile), 'profile.invalid');
  const policy = policyOf(frame, profile, previous);
  return new Network({
    link: newest,
    profile,
    custodyKeys: custodyKeysOf(frame, profile, anchor, previous, proof),
    devices: devicesOf(frame, profile),
    policy: policy.policy,
    policySeq: policy.seq,
    seen: proof.seen,
  });
}

/** The chain from the first profile on, through the one believed before (PROTOCOL 4: signed, linked, never back). */
function followProfiles(frame: deliveryFrames.Network, { anchor, previous }: NetworkExpectations): VerifiedProfile {
  const chain = [...frame.earlierProfiles, frame.profile];
  const newest = verifyProfileChain(chain, anchor.rootKey);
  const { profile } = newest;
  ensure(equal(profile.networkId, anchor.networkId), 'profile.invalid');
  ensure(toUtf8(profile.logOrigin) === anchor.logOrigin && equal(profile.logKey, anchor.logKey), 'profile.invalid');
  if (previous !== null) {
    const { link } = previous.facts;
    ensure(newest.profileSeq >= link.profileSeq, 'profile.stale');
    const through = chain.map((_, i) => verifyProfileChain(chain.slice(0, i + 1), anchor.rootKey));
    ensure(
      through.some(({ hash }) => equal(hash, link.hash)),
      'profile.invalid',
    );
  }
  return newest;
}

function isKnown(previous: Network | null, newest: VerifiedProfile): boolean {
  return previous !== null && equal(previous.facts.link.hash, newest.hash);
}

/** The proofs of one frame, under its checkpoint. */
class LogProof {
  readonly #frame: deliveryFrames.Network;
  readonly #profile: NetworkProfile;
  readonly #nowS: number;
  seen: SeenTree | null;

  constructor(frame: deliveryFrames.Network, profile: NetworkProfile, nowS: number, seen: SeenTree | null) {
    this.#frame = frame;
    this.#profile = profile;
    this.#nowS = nowS;
    this.seen = seen;
  }

  /** Whether the service held a witnessed checkpoint. */
  get holds(): boolean {
    return this.#frame.checkpoint.length > 0;
  }

  /** The payload of a form 0 entry of a relay that is proven to be logged. */
  open(type: typeof EntryType.profile | typeof EntryType.custodyKey, shown: deliveryFrames.LoggedObject | undefined): Uint8Array {
    ensure(shown !== undefined, 'log.not_included');
    const { checkpoint } = this.#frame;
    const proven = verifyLogged({ ...shown, checkpoint }, this.#profile, this.#nowS, this.seen);
    if (this.seen === null || this.seen.size <= proven.size) this.seen = { size: proven.size, root: proven.root };
    const entry = verifyRelayEntry(shown.entry, type, this.#profile.relayKeys);
    ensure(entry.form === 0, 'log.form_invalid');
    return entry.payload;
  }
}

function custodyKeysOf(
  frame: deliveryFrames.Network,
  profile: NetworkProfile,
  anchor: AnchorRecord,
  previous: Network | null,
  proof: LogProof,
): CustodyKey[] {
  const known = previous?.facts.custodyKeys ?? [];
  if (!proof.holds) return known.filter((key) => refOf(profile, key) !== undefined);
  return frame.custodyKeys.flatMap((bytes, i) => {
    const shown = frame.custodyKeyEntries[i];
    if (shown === undefined || shown.entry.length === 0) return [];
    const key = verifyCustodyKey(bytes, { networkId: anchor.networkId, rootKey: anchor.rootKey });
    const ref = refOf(profile, key);
    if (ref === undefined) return [];
    verifyCustodyKey(bytes, { networkId: anchor.networkId, rootKey: anchor.rootKey, ref });
    ensure(equal(proof.open(EntryType.custodyKey, shown), bytes), 'custody_key.invalid');
    return [key];
  });
}

function refOf(profile: NetworkProfile, key: CustodyKey) {
  return profile.custodyKeys.find((ref) => equal(ref.custodyKeyId, key.custodyKeyId));
}

/** Certificates and revocations that do not verify are treated as absent, as everybody treats them (PROTOCOL 11.2). */
function devicesOf(frame: deliveryFrames.Network, profile: NetworkProfile): NetworkFacts['devices'] {
  const { authorities, networkId } = profile;
  const certs = frame.deviceCerts.flatMap(
    (bytes) => acceptedOrNull(() => verifyDeviceCert(decode(deviceCertCodec, bytes), authorities, networkId)) ?? [],
  );
  const revocations = frame.certRevocations.flatMap(
    (bytes) => acceptedOrNull(() => verifyCertRevocation(decode(certRevocationCodec, bytes), authorities, [], networkId)) ?? [],
  );
  return registerDevices(certs, revocations);
}

/** The operator's switches; an older policy than the one known, or one that does not verify, changes nothing. */
function policyOf(frame: deliveryFrames.Network, { networkId, relayKeys }: NetworkProfile, previous: Network | null) {
  const known = previous?.facts ?? { policy: DEFAULT_POLICY, policySeq: -1 };
  const kept = { policy: known.policy, seq: known.policySeq };
  if (frame.policy.length === 0) return kept;
  const given = verifyPolicyStatement(frame.policy, { networkId, relayKeys });
  return given.seq >= kept.seq ? given : kept;
}
