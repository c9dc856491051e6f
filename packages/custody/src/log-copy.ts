/** LogCopy: a whole log in memory, read from its beginning, with the secrets that its holder was given (PROTOCOL 11.2, 11.3). */
import { decode, ensure, equal, isZero, toHex } from '@countersign/bytes';
import { entryHash, type HashReader, nodeHash, rootOf } from '@countersign/tlog';
import { type Annex, verifyAnnex } from './annex.ts';
import type { CustodyKey } from './custody-key.ts';
import type { Device } from './device-register.ts';
import {
  type DeviceTerritory,
  deviceTerritoryCodec,
  deviceTerritorySigner,
  territoriesOf,
  verifyDeviceTerritory,
} from './device-territory.ts';
import type { LoggedEntry } from './entry-chain.ts';
import { type Actor, type EntrySubject, verifyActor, verifyForm, verifyHandle } from './entry-rules.ts';
import type { AgencyId, DeviceId, Hash, OfficerId, SigKey, Territory } from './ids.ts';
import { EntryType, type Handle, keyId, type LogEntry, logEntryCodec, verifyEntrySignature } from './log-entry.ts';
import { type KeyChange, LogKeys } from './log-keys.ts';
import type { LogView } from './log-view.ts';
import type { Officer } from './officer-register.ts';
import { openingCodec } from './opening.ts';
import type { NetworkProfile } from './profile.ts';
import { acceptedOrNull, refusalOf } from './refusal.ts';
import { type EntrySecret, verifySecret } from './secret-payload.ts';

/** Entries that one copy in memory holds; a longer log needs a LogView over a store. */
export const LOG_COPY_ENTRIES_MAX = 4_000_000;

export class LogCopy implements LogView {
  readonly #keys: LogKeys;
  #annex: Annex | null = null;
  /** By index; null where the entry is treated as absent. */
  readonly #entries: (LogEntry | null)[] = [];
  readonly #byHandle = new Map<string, LoggedEntry[]>();
  readonly #orders: LoggedEntry[] = [];
  readonly #secrets = new Map<bigint, EntrySecret>();
  readonly #territories = new Map<string, DeviceTerritory[]>();
  readonly #unopenedTerritories = new Map<bigint, LoggedEntry>();
  /** Hashes of the full subtrees, by level and position. */
  readonly #levels: Uint8Array[][] = [[]];

  constructor(rootKey: SigKey) {
    this.#keys = new LogKeys(rootKey);
  }

  /** Reads the next entry; returns it, or null where everybody treats it as absent. */
  append(bytes: Uint8Array): LogEntry | null {
    if (this.#entries.length >= LOG_COPY_ENTRIES_MAX) throw new RangeError('the log is longer than a copy in memory');
    const index = BigInt(this.#entries.length);
    this.#addHash(entryHash(bytes));
    const entry = acceptedOrNull(() => this.#admit(decode(logEntryCodec, bytes)));
    this.#entries.push(entry);
    if (entry === null) return null;
    const logged = { index, entry };
    if (!isZero(entry.handle)) this.#listOf(entry.handle).push(logged);
    if (entry.type === EntryType.order) this.#orders.push(logged);
    if (entry.type === EntryType.territory) this.#unopenedTerritories.set(index, logged);
    return entry;
  }

  /** Takes in what opens the entry at `index`; a secret that does not has the code of VerifyOpening. Returns the body. */
  addSecret(index: bigint, secret: EntrySecret): Uint8Array {
    const entry = this.entryAt(index);
    ensure(entry !== null, 'log.commitment_mismatch', { index });
    const body = verifySecret(entry, secret);
    this.#secrets.set(index, secret);
    if (entry.type === EntryType.territory) {
      this.#unopenedTerritories.delete(index);
      const statement = acceptedOrNull(() => this.#verifyTerritory(entry, body));
      if (statement !== null) this.#statementsOf(statement.deviceId).push(statement);
    }
    return body;
  }

  /** Takes in the annex that the newest profile names; another one is `profile.invalid`. */
  addAnnex(bytes: Uint8Array): void {
    this.#annex = verifyAnnex(bytes, this.profile.purposeAnnex);
  }

  get size(): number {
    return this.#entries.length;
  }

  get profile(): NetworkProfile {
    return this.#keys.profile;
  }

  get annex(): Annex {
    ensure(this.#annex !== null, 'profile.invalid');
    return this.#annex;
  }

  get relayKeys(): readonly SigKey[] {
    return this.#keys.relayKeys;
  }

  rootAt(size: number): Uint8Array {
    const read: HashReader = ({ height, index }) => (this.#levels[height] as Uint8Array[])[index] as Uint8Array;
    return rootOf(size, read);
  }

  entryAt(index: bigint): LogEntry | null {
    return this.#entries[Number(index)] ?? null;
  }

  entriesWith(handle: Handle): readonly LoggedEntry[] {
    return this.#byHandle.get(toHex(handle)) ?? [];
  }

  orders(): readonly LoggedEntry[] {
    return this.#orders;
  }

  secretOf(index: bigint): EntrySecret | null {
    return this.#secrets.get(index) ?? null;
  }

  readonly officers = (id: OfficerId): Officer | null => this.#keys.officer(id);
  readonly devices = (id: DeviceId): Device | null => this.#keys.device(id);

  readersOf(agency: AgencyId): readonly Officer[] {
    return this.#keys.readersOf(agency);
  }

  custodyKey(id: Hash): CustodyKey | null {
    return this.#keys.custodyKey(id);
  }

  territoriesOf(device: DeviceId, day: number): ReadonlySet<Territory> {
    return territoriesOf(this.#territories.get(toHex(device)) ?? [], device, day);
  }

  firstUnopenedTerritory(): LoggedEntry | null {
    return this.#unopenedTerritories.values().next().value ?? null;
  }

  /** The entry, if its form, its handle, and one of the actors that its key belongs to, are right. */
  #admit(entry: LogEntry): LogEntry {
    verifyForm(entry);
    const change = this.#changeBy(entry);
    const actors = [...this.#keys.actors(entry.actorKeyId, entry.hour), ...namedRelays(entry, change)];
    const [actor] = actors.filter((candidate) => refusalOf(() => verifyEntrySignature(entry, candidate.key)) === null);
    ensure(actor !== undefined, 'log.signature_invalid');
    const subject = this.#subjectOf(entry, change, actor);
    const isEntitled = actors.some((candidate) => refusalOf(() => verifyActor(entry, candidate, subject)) === null);
    ensure(isEntitled, 'log.actor_invalid');
    verifyHandle(entry, subject);
    change?.accept();
    return entry;
  }

  /** What the entry would change about whom the log believes. */
  #changeBy(entry: LogEntry): KeyChange | null {
    if (entry.form !== 0) return null;
    switch (entry.type) {
      case EntryType.profile:
        return this.#keys.readProfile(entry.payload);
      case EntryType.custodyKey:
        return this.#keys.readCustodyKey(entry.payload);
      case EntryType.cert:
        return this.#keys.readCert(entry.payload);
      case EntryType.certRevoked:
        return this.#keys.readRevocation(entry.payload);
      default:
        return null;
    }
  }

  /** What the entry is about, as far as it can be told before it is opened. */
  #subjectOf(entry: LogEntry, change: KeyChange | null, actor: Actor): EntrySubject {
    switch (entry.type) {
      case EntryType.cert:
      case EntryType.certRevoked:
        return change?.signer == null ? {} : { bodyBy: change.signer };
      case EntryType.territory:
        return { bodyBy: actor.key }; // told when it is opened
      case EntryType.roster:
        return { slot: entry.handle };
      case EntryType.opening: {
        const opened = entry.form === 0 ? this.entryAt(decode(openingCodec, entry.payload).index) : null;
        return opened === null ? {} : { openedHandle: opened.handle, openedActor: opened.actorKeyId };
      }
      case EntryType.statement:
        return isZero(entry.handle) ? {} : { ofOrder: true, orderId: entry.handle, ...this.#orderActor(entry.handle) };
      default:
        return isZero(entry.handle) ? {} : { orderId: entry.handle };
    }
  }

  #orderActor(handle: Handle): Pick<EntrySubject, 'orderActor'> {
    const order = this.entriesWith(handle).find(({ entry }) => entry.type === EntryType.order);
    return order === undefined ? {} : { orderActor: order.entry.actorKeyId };
  }

  /** A statement counts if a registrar made it, and logged it himself. */
  #verifyTerritory(entry: LogEntry, body: Uint8Array): DeviceTerritory {
    const { authorities, networkId } = this.profile;
    const statement = verifyDeviceTerritory(decode(deviceTerritoryCodec, body), authorities, networkId);
    const signer = deviceTerritorySigner(statement, authorities);
    ensure(signer !== null && equal(keyId(signer), entry.actorKeyId), 'territory.invalid');
    return statement;
  }

  #addHash(hash: Uint8Array): void {
    let node = hash;
    for (let level = 0; ; level++) {
      const nodes = this.#levels[level] ?? [];
      this.#levels[level] = nodes;
      nodes.push(node);
      if (nodes.length % 2 === 1) return;
      node = nodeHash(nodes[nodes.length - 2] as Uint8Array, node);
    }
  }

  #listOf(handle: Handle): LoggedEntry[] {
    const key = toHex(handle);
    const list = this.#byHandle.get(key) ?? [];
    this.#byHandle.set(key, list);
    return list;
  }

  #statementsOf(device: DeviceId): DeviceTerritory[] {
    const key = toHex(device);
    const list = this.#territories.get(key) ?? [];
    this.#territories.set(key, list);
    return list;
  }
}

/** A profile names the relay that may log it. */
function namedRelays(entry: LogEntry, change: KeyChange | null): Actor[] {
  const named = (change?.relayKeys ?? []).filter((key) => equal(keyId(key), entry.actorKeyId));
  return named.map((key) => ({ kind: 'relay', key, roles: [] }));
}
