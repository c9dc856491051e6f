/** The exhibits of an evidence file: its entries, each proven to be in the log, in the order in which they teach whom to believe (PROTOCOL 11, 14). */
import { Ac1Error, decode, ensure } from '@countersign/bytes';
import { checkpointPolicy, EntryType, logEntryCodec, type NetworkProfile, profileCodec, refusalOf } from '@countersign/custody';
import {
  type CheckpointPolicy,
  entryHash,
  parseProofFile,
  TlogError,
  type UnverifiedProofFile,
  verifyProofFile,
} from '@countersign/tlog';
import type { EvidenceEntry } from './parts.ts';

/** Judged once, when it was accepted; of an exhibit nobody asks how old it is. */
const ANY_AGE_S = Number.POSITIVE_INFINITY;
const ANY_TIME = Number.MAX_SAFE_INTEGER;

/**
 * The entries as an ExhibitLog takes them: the first profile, the custody keys before it (a genesis logs them first), then all others
 * ascending. `evidence.incomplete` without a profile, `evidence.invalid` for two entries in one place.
 */
export function orderEntries(entries: readonly EvidenceEntry[]): EvidenceEntry[] {
  const ascending = [...entries].sort((a, b) => (a.index < b.index ? -1 : 1));
  ensure(new Set(entries.map(({ index }) => index)).size === entries.length, 'evidence.invalid');
  const first = ascending.find((entry) => typeOf(entry) === EntryType.profile);
  ensure(first !== undefined, 'evidence.incomplete');
  const isGenesisKey = (entry: EvidenceEntry) => typeOf(entry) === EntryType.custodyKey && entry.index < first.index;
  return [first, ...ascending.filter(isGenesisKey), ...ascending.filter((entry) => entry !== first && !isGenesisKey(entry))];
}

/** Every entry is included under a checkpoint that enough witnesses of one of the profiles cosigned; else that check's code. */
export function verifyProofs(entries: readonly EvidenceEntry[]): void {
  const policies = profilesIn(entries).map(
    (profile): CheckpointPolicy => ({ ...checkpointPolicy(profile), checkpointMaxAgeS: ANY_AGE_S }),
  );
  for (const entry of entries) verifyProof(entry, policies);
}

function verifyProof({ index, entry, proof }: EvidenceEntry, policies: readonly CheckpointPolicy[]): void {
  const file = parseProof(proof);
  ensure(BigInt(file.index) === index, 'log.not_included', { index });
  // Nothing that no signature covers is evidence.
  ensure(file.extra === null, 'evidence.invalid', { index });
  const verify = (policy: CheckpointPolicy): void => {
    verifyProofFile(file, entryHash(entry), policy, ANY_TIME);
  };
  // Logs and witnesses change from one profile to the next: any that the root named will do.
  if (policies.some((policy) => refusalOf(() => verify(policy)) === null)) return;
  const newest = policies.at(-1);
  ensure(newest !== undefined, 'evidence.incomplete');
  verify(newest);
}

function parseProof(proof: Uint8Array): UnverifiedProofFile {
  try {
    return parseProofFile(proof);
  } catch (cause) {
    if (cause instanceof TlogError) throw new Ac1Error('evidence.invalid', {}, { cause });
    throw cause;
  }
}

function profilesIn(entries: readonly EvidenceEntry[]): NetworkProfile[] {
  return entries.flatMap(({ entry }) => {
    const { type, ...rest } = decode(logEntryCodec, entry);
    return type === EntryType.profile && rest.form === 0 ? [decode(profileCodec, rest.payload)] : [];
  });
}

function typeOf({ entry }: EvidenceEntry): EntryType {
  return decode(logEntryCodec, entry).type;
}
