/** LogView: what a judge asks of its own complete copy of the log (PROTOCOL 11.3). */
import type { Annex } from './annex.ts';
import type { CustodyKey } from './custody-key.ts';
import type { Devices } from './device-register.ts';
import type { LoggedEntry } from './entry-chain.ts';
import type { AgencyId, DeviceId, Hash, SigKey, Territory } from './ids.ts';
import type { Handle, LogEntry } from './log-entry.ts';
import type { Officer, Officers } from './officer-register.ts';
import type { NetworkProfile } from './profile.ts';
import type { EntrySecret } from './secret-payload.ts';

/**
 * Entries that PROTOCOL 11.2 has everybody treat as absent (wrong form, signature, actor or handle) are absent here. An implementation
 * derives all answers from the entries and from secrets that it has checked against them.
 */
export interface LogView {
  /** Entries in the copy. */
  readonly size: number;
  /** The Merkle root of the first `size` entries. */
  rootAt(size: number): Uint8Array;
  entryAt(index: bigint): LogEntry | null;
  /** Ascending by index. */
  entriesWith(handle: Handle): readonly LoggedEntry[];
  /** Every type 8 entry. */
  orders(): readonly LoggedEntry[];
  /** Salt and payload of a form 1 entry, proven to be what it commits to. */
  secretOf(index: bigint): EntrySecret | null;

  /** The newest profile, and the annex that it names. */
  readonly profile: NetworkProfile;
  readonly annex: Annex;
  /** Of all profiles so far: what was signed under an earlier one stays signed. */
  readonly relayKeys: readonly SigKey[];
  readonly officers: Officers;
  readonly devices: Devices;
  /** Officers with an alg 3 key whose organisation is the agency. */
  readersOf(agency: AgencyId): readonly Officer[];
  /** The newest generation of a custody key. */
  custodyKey(custodyKeyId: Hash): CustodyKey | null;
  territoriesOf(device: DeviceId, day: number): ReadonlySet<Territory>;
  /** A type 7 entry whose secret the copy lacks, or null. */
  firstUnopenedTerritory(): LoggedEntry | null;
}
