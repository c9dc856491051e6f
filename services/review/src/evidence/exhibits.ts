/** The log entries that an evidence file shows, each with its proof and, where we hold it, its opening (PROTOCOL 14; docs/evidence.md). */
import { decode, toHex } from '@countersign/bytes';
import {
  CertKind,
  certBodyCodec,
  deviceTerritoryCodec,
  type EntrySecret,
  EntryType,
  hasExcludedTerritories,
  type Order,
  type Roster,
  verifySecret,
} from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { formatProofFile } from '@countersign/tlog';
import type { EvidenceEntry } from '@countersign/verify';

export class Exhibits {
  readonly #mirror: LogMirror;
  readonly #secrets: Map<bigint, EntrySecret>;
  readonly #entries = new Map<bigint, EvidenceEntry>();

  /** `secrets` are those that the log's directory does not hold: of the gateway's own entries, and of custodians' releases. */
  constructor(mirror: LogMirror, secrets: ReadonlyMap<bigint, EntrySecret>) {
    this.#mirror = mirror;
    this.#secrets = new Map(secrets);
  }

  /** Further openings, for entries that are added later. */
  learn(secrets: ReadonlyMap<bigint, EntrySecret>): void {
    for (const [index, secret] of secrets) this.#secrets.set(index, secret);
  }

  get entries(): EvidenceEntry[] {
    return [...this.#entries.values()];
  }

  /** The entry at `index`, proven under the newest checkpoint; the first proof of an entry stays, since a manifest may list it. */
  add(index: bigint, secret: EntrySecret | null = this.#secretOf(index)): EvidenceEntry {
    const known = this.#entries.get(index);
    if (known !== undefined) return known;
    const { size, note } = this.#mirror.freshCheckpoint();
    const proof = formatProofFile({
      extra: null,
      index: Number(index),
      proof: this.#mirror.proveInclusion(index, size),
      checkpoint: note,
    });
    const entry = { index, entry: this.#mirror.entry(index), secret, proof };
    this.#entries.set(index, entry);
    return entry;
  }

  /** Profiles, custody keys, and the certificates of officers and gateways: whom the evidence asks to believe. */
  addConstitution(): void {
    const { directory } = this.#mirror;
    for (const type of [EntryType.profile, EntryType.custodyKey])
      for (const at of directory.indicesOf(type)) this.add(BigInt(at));
    for (const { entry } of directory.entriesOf(EntryType.cert)) {
      if (entry.form !== 0) continue;
      const body = decode(certBodyCodec, entry.payload);
      if (body.kind === CertKind.officer) for (const { index } of directory.certEntries(body.cert.officerId)) this.add(index);
    }
  }

  /** The certificates of every member of a roster, against which its accounts are checked. */
  addMembers(roster: Roster): void {
    for (const { deviceId } of roster.members)
      for (const { index } of this.#mirror.directory.certEntries(deviceId)) this.add(index);
  }

  /** Where an order leaves out territories: the statements about these devices (hex). */
  addTerritories(order: Order, deviceIds: ReadonlySet<string>): void {
    if (!hasExcludedTerritories(order)) return;
    for (const { index, entry } of this.#mirror.directory.entriesOf(EntryType.territory)) {
      const secret = this.#secretOf(index);
      if (secret === null) continue;
      const { deviceId } = decode(deviceTerritoryCodec, verifySecret(entry, secret));
      if (deviceIds.has(toHex(deviceId))) this.add(index, secret);
    }
  }

  /** Every entry of the order up to `last`; those that we cannot open keep their places in their actors' chains. */
  addOrder(order: Order, last: bigint): EvidenceEntry[] {
    const found = this.#mirror.directory.entriesWith(order.orderId).filter(({ index }) => index <= last);
    return found.map(({ index }) => this.add(index));
  }

  #secretOf(index: bigint): EntrySecret | null {
    return this.#secrets.get(index) ?? this.#mirror.directory.secretOf(index);
  }
}
