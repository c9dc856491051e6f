/** What a device checks of the log (PROTOCOL 11): a checkpoint, that an entry is under it, and what a relay's entry says. */
import { decode, ensure, equal, toUtf8 } from '@countersign/bytes';
import {
  type EntryType,
  keyId,
  type LogEntry,
  logEntryCodec,
  type NetworkProfile,
  type SigKey,
  verifyEntrySignature,
  verifySecret,
} from '@countersign/custody';
import { type Checkpoint, type CheckpointPolicy, entryHash, verifyCheckpoint, verifyInclusion } from '@countersign/tlog';

/** Whom the profile has a device believe. */
function checkpointPolicy(profile: NetworkProfile): CheckpointPolicy {
  return {
    origin: toUtf8(profile.logOrigin) ?? '',
    logPublicKey: profile.logKey,
    witnesses: profile.witnesses.map(({ name, key }) => ({ name: toUtf8(name) ?? '', publicKey: key })),
    witnessW: profile.witnessW,
    checkpointMaxAgeS: profile.checkpointMaxAgeS,
  };
}

export interface ShownInclusion {
  readonly checkpoint: Uint8Array;
  readonly logIndex: bigint;
  readonly entry: Uint8Array;
  readonly inclusion: readonly Uint8Array[];
}

/** The largest tree that was seen, of which one size can only have one root. */
export interface SeenTree {
  readonly size: number;
  readonly root: Uint8Array;
}

/**
 * The entry stands in the log: VerifyCheckpoint and the path to it. Two roots for one size are `log.inconsistent`. Returns the
 * checkpoint.
 */
export function verifyLogged(shown: ShownInclusion, profile: NetworkProfile, nowS: number, seen: SeenTree | null): Checkpoint {
  const checkpoint = verifyCheckpoint(shown.checkpoint, checkpointPolicy(profile), nowS);
  const isFork = seen !== null && seen.size === checkpoint.size && !equal(seen.root, checkpoint.root);
  ensure(!isFork, 'log.inconsistent');
  verifyInclusion(entryHash(shown.entry), Number(shown.logIndex), checkpoint, shown.inclusion);
  return checkpoint;
}

/** The entry, proven to be signed by one of `relayKeys` and to be of `type`: `log.signature_invalid`, `log.type_mismatch`. */
export function verifyRelayEntry(bytes: Uint8Array, type: EntryType, relayKeys: readonly SigKey[]): LogEntry {
  const entry = decode(logEntryCodec, bytes);
  const actor = relayKeys.find((key) => equal(keyId(key), entry.actorKeyId));
  ensure(actor !== undefined, 'log.signature_invalid');
  verifyEntrySignature(entry, actor);
  ensure(entry.type === type, 'log.type_mismatch');
  return entry;
}

/** The body that a relay's form 1 entry commits to, by its opening. */
export function openRelayEntry(
  shown: { readonly entry: Uint8Array; readonly salt: Uint8Array; readonly payload: Uint8Array },
  type: EntryType,
  relayKeys: readonly SigKey[],
): { readonly entry: LogEntry; readonly body: Uint8Array } {
  const entry = verifyRelayEntry(shown.entry, type, relayKeys);
  return { entry, body: verifySecret(entry, shown) };
}
