/**
 * ExhibitLog: a log, or the part of it that an evidence file shows, as a judge's view of it (PROTOCOL 11.2). Entries come with their
 * indices and are judged by the keys that the ones before them taught; the caller stops where it wants to see the log as it was then.
 */
import { decode, ensure, equal, isZero, toHex } from '@countersign/bytes';
import {
  type Actor,
  type AgencyId,
  type Annex,
  type CustodyKey,
  type Device,
  type DeviceId,
  type DeviceTerritory,
  deviceTerritoryCodec,
  deviceTerritorySigner,
  type EntrySecret,
  type EntrySubject,
  EntryType,
  type Handle,
  type Hash,
  type KeyChange,
  keyId,
  type LogEntry,
  type LoggedEntry,
  LogKeys,
  type LogView,
  logEntryCodec,
  type NetworkProfile,
  type Officer,
  type OfficerId,
  openingCodec,
  refusalOf,
  type SigKey,
  type Territory,
  territoriesOf,
  verifyActor,
  verifyAnnex,
  verifyDeviceTerritory,
  verifyEntrySignature,
  verifyForm,
  verifyHandle,
  verifySecret,
} from '@countersign/custody';

export class ExhibitLog implements LogView {
  readonly #keys: LogKeys;
  readonly #annexBytes: Uint8Array;
  readonly #entries = new Map<bigint, LogEntry>();
  readonly #byHandle = new Map<string, LoggedEntry[]>();
  readonly #orders: LoggedEntry[] = [];
  readonly #secrets = new Map<bigint, EntrySecret>();
  readonly #territories: DeviceTerritory[] = [];
  #size = 0;

  /** `annex` is judged when it is asked for. */
  constructor(rootKey: SigKey, annex: Uint8Array) {
    this.#keys = new LogKeys(rootKey);
    this.#annexBytes = annex;
  }

  /** Takes in the entry at `index` with what opens it. Throws the code for which everybody treats it as absent. */
  append(index: bigint, bytes: Uint8Array, secret: EntrySecret | null): LogEntry {
    const entry = this.#admit(decode(logEntryCodec, bytes));
    const logged = { index, entry };
    this.#entries.set(index, entry);
    this.#size = Math.max(this.#size, Number(index) + 1);
    if (!isZero(entry.handle)) this.#listOf(entry.handle).push(logged);
    if (entry.type === EntryType.order) this.#orders.push(logged);
    if (secret !== null) this.#open(logged, secret);
    return entry;
  }

  get size(): number {
    return this.#size;
  }

  get profile(): NetworkProfile {
    return this.#keys.profile;
  }

  get annex(): Annex {
    return verifyAnnex(this.#annexBytes, this.profile.purposeAnnex);
  }

  get relayKeys(): readonly SigKey[] {
    return this.#keys.relayKeys;
  }

  /** Each entry of an exhibit has a proof of its own instead. */
  rootAt(): Uint8Array {
    throw new RangeError('an exhibit is no whole log');
  }

  entryAt(index: bigint): LogEntry | null {
    return this.#entries.get(index) ?? null;
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

  /** The body of the entry at `index`, which is of `type` and open; else `evidence.incomplete`. */
  bodyOf(index: bigint, type: EntryType): Uint8Array {
    const entry = this.entryAt(index);
    ensure(entry !== null && entry.type === type, 'evidence.incomplete', { index });
    if (entry.form === 0) return entry.payload;
    const secret = this.secretOf(index);
    ensure(secret !== null, 'evidence.incomplete', { index });
    return verifySecret(entry, secret);
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
    return territoriesOf(this.#territories, device, day);
  }

  /** Whether a territory was left out cannot be told from an exhibit: custodians, who had the whole log, judged that. */
  firstUnopenedTerritory(): LoggedEntry | null {
    return null;
  }

  #open({ index, entry }: LoggedEntry, secret: EntrySecret): void {
    const body = verifySecret(entry, secret);
    this.#secrets.set(index, secret);
    if (entry.type !== EntryType.territory) return;
    const { authorities, networkId } = this.profile;
    const statement = verifyDeviceTerritory(decode(deviceTerritoryCodec, body), authorities, networkId);
    const signer = deviceTerritorySigner(statement, authorities);
    ensure(signer !== null && equal(keyId(signer), entry.actorKeyId), 'territory.invalid');
    this.#territories.push(statement);
  }

  #admit(entry: LogEntry): LogEntry {
    verifyForm(entry);
    const change = this.#changeBy(entry);
    const actors = [...this.#keys.actors(entry.actorKeyId, entry.hour), ...namedRelays(entry, change)];
    const [signer] = actors;
    ensure(signer !== undefined, 'log.signature_invalid');
    verifyEntrySignature(entry, signer.key);
    const subject = this.#subjectOf(entry, change, signer);
    const isEntitled = actors.some((actor) => refusalOf(() => verifyActor(entry, actor, subject)) === null);
    ensure(isEntitled, 'log.actor_invalid');
    verifyHandle(entry, subject);
    change?.accept();
    return entry;
  }

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

  #subjectOf(entry: LogEntry, change: KeyChange | null, signer: Actor): EntrySubject {
    switch (entry.type) {
      case EntryType.cert:
      case EntryType.certRevoked:
        return change?.signer == null ? {} : { bodyBy: change.signer };
      case EntryType.territory:
        return { bodyBy: signer.key }; // told when it is opened
      case EntryType.roster:
        return { slot: entry.handle };
      case EntryType.opening: {
        const opened = entry.form === 0 ? this.entryAt(decode(openingCodec, entry.payload).index) : null;
        return opened === null ? {} : { openedHandle: opened.handle, openedActor: opened.actorKeyId };
      }
      default: {
        if (isZero(entry.handle)) return {};
        const order = this.entriesWith(entry.handle).find((logged) => logged.entry.type === EntryType.order);
        const ofOrder = entry.type === EntryType.statement ? { ofOrder: true } : {};
        return { orderId: entry.handle, ...ofOrder, ...(order === undefined ? {} : { orderActor: order.entry.actorKeyId }) };
      }
    }
  }

  #listOf(handle: Handle): LoggedEntry[] {
    const key = toHex(handle);
    const list = this.#byHandle.get(key) ?? [];
    this.#byHandle.set(key, list);
    return list;
  }
}

/** A profile names the relay that may log it. */
function namedRelays(entry: LogEntry, change: KeyChange | null): Actor[] {
  const named = (change?.relayKeys ?? []).filter((key) => equal(keyId(key), entry.actorKeyId));
  return named.map((key) => ({ kind: 'relay', key, roles: [] }));
}
