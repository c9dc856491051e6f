/**
 * LogDirectory: what the log says about keys, people, devices and orders, judged entry by entry from its beginning
 * (PROTOCOL 4, 11.2). It is a LogView over a store: entries are read when asked for, only their places are kept.
 */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import { type Annex, verifyAnnex } from './annex.ts';
import type { Authority } from './authority.ts';
import { CertKind, certRevocationCodec } from './cert-revocation.ts';
import { type CustodyKey, custodyKeyCodec } from './custody-key.ts';
import type { Device } from './device-register.ts';
import { certBodyCodec } from './entry-body.ts';
import type { LoggedEntry } from './entry-chain.ts';
import { EntryIndex } from './entry-index.ts';
import { EntryJudge, type JudgedEntry, type LogAnchor } from './entry-judge.ts';
import type { Actor } from './entry-rules.ts';
import type { AccountId, AgencyId, DeviceId, Hash, OfficerId, SigKey, Territory } from './ids.ts';
import { EntryType, type Handle, keyId, type LogEntry, logEntryCodec } from './log-entry.ts';
import type { LogView } from './log-view.ts';
import { signingKeyOf } from './officer-cert.ts';
import type { Officer } from './officer-register.ts';
import type { OpeningRecipient } from './opening.ts';
import type { NetworkProfile } from './profile.ts';
import { acceptedOrNull } from './refusal.ts';
import { Role } from './role.ts';
import { type EntrySecret, verifySecret } from './secret-payload.ts';
import { TerritoryRegister } from './territory-register.ts';

/** Entries before the first profile: those of the genesis. */
const GENESIS_ENTRIES_MAX = 10_000;

/** Where the entries are. */
export interface EntrySource {
  /** RangeError beyond the last. */
  entry(index: number): Uint8Array;
  rootAt(size: number): Uint8Array;
}

export class LogDirectory implements LogView {
  readonly #source: EntrySource;
  readonly #judge: EntryJudge;
  readonly #index = new EntryIndex();
  /** Entries that everybody treats as absent: few, since a log refuses them. */
  readonly #absent = new Set<number>();
  /** Absent only as long as there is no profile to judge them by. */
  readonly #beforeProfile: number[] = [];
  readonly #profiles: { readonly index: number; readonly authorities: readonly Authority[] }[] = [];
  readonly #deviceIds = new Map<string, DeviceId>();
  readonly #deviceIdsByAccount = new Map<string, Set<string>>();
  /** By officer or device id in hex: the entries that certify or revoke it. */
  readonly #certsById = new Map<string, number[]>();
  readonly #officerIds = new Map<string, OfficerId>();
  readonly #officerIdsByKey = new Map<string, OfficerId>();
  readonly #custodyKeyIndexes = new Map<string, number>();
  readonly #secrets = new Map<bigint, EntrySecret>();
  readonly #territories = new TerritoryRegister();
  #size = 0;
  #annex: { readonly of: Hash; readonly annex: Annex } | null = null;

  /** `genesis` is for the logbook alone: actors that `judge` believes before the first profile. */
  constructor(anchor: LogAnchor, source: EntrySource, genesis: readonly Actor[] = []) {
    this.#source = source;
    this.#judge = new EntryJudge(anchor, genesis);
  }

  /** Form, signature, actor and handle of what would be the next entry, in the log's order; throws the code of the first that fails. */
  judge(entry: LogEntry): JudgedEntry {
    return this.#judge.judge(entry, this);
  }

  /** Takes the next entry in and returns it, or null where everybody treats it as absent. */
  append(bytes: Uint8Array): LogEntry | null {
    const entry = acceptedOrNull(() => decode(logEntryCodec, bytes));
    const judged = entry === null ? null : acceptedOrNull(() => this.judge(entry));
    return this.appendJudged(entry, judged);
  }

  /** The same for an entry that `judge` was asked about; null where it does not decode, or was refused. */
  appendJudged(entry: LogEntry | null, judged: JudgedEntry | null): LogEntry | null {
    const index = this.#size;
    this.#size += 1;
    const isGenesis = !this.hasProfile && entry?.type !== EntryType.profile;
    if (entry === null || judged === null || isGenesis) {
      this.#absent.add(index);
      if (!this.hasProfile && this.#beforeProfile.length < GENESIS_ENTRIES_MAX) this.#beforeProfile.push(index);
      return null;
    }
    judged.accept();
    if (this.#beforeProfile.length > 0) this.#acceptGenesis();
    this.#learn(index, entry);
    return entry;
  }

  /** Takes in what opens the entry at `index`; a secret that does not has the code of VerifyOpening. Returns the body. */
  addSecret(index: bigint, secret: EntrySecret): Uint8Array {
    const entry = this.entryAt(index);
    ensure(entry !== null, 'log.commitment_mismatch', { index });
    const body = verifySecret(entry, secret);
    this.#secrets.set(index, secret);
    if (entry.type === EntryType.territory) {
      this.#territories.open(Number(index), entry, body, this.#authoritiesAt(Number(index)), this.profile.networkId);
    }
    return body;
  }

  /** Takes in the annex that the newest profile names; another one is `profile.invalid`. */
  addAnnex(bytes: Uint8Array): void {
    const { purposeAnnex } = this.profile;
    this.#annex = { of: purposeAnnex, annex: verifyAnnex(bytes, purposeAnnex) };
  }

  /** Entries taken in. */
  get size(): number {
    return this.#size;
  }

  /** Whether the log has a profile; before that, everything that needs one is `profile.invalid`. */
  get hasProfile(): boolean {
    return this.#judge.hasProfile;
  }

  get profile(): NetworkProfile {
    return this.#judge.keys.profile;
  }

  get annex(): Annex {
    ensure(this.#annex !== null && equal(this.profile.purposeAnnex, this.#annex.of), 'profile.invalid');
    return this.#annex.annex;
  }

  get relayKeys(): readonly SigKey[] {
    return this.#judge.keys.relayKeys;
  }

  rootAt(size: number): Uint8Array {
    return this.#source.rootAt(size);
  }

  /** Null beyond the last, and where everybody treats the entry as absent. */
  entryAt(index: bigint): LogEntry | null {
    const at = Number(index);
    if (index < 0n || at >= this.#size || this.#absent.has(at)) return null;
    return decode(logEntryCodec, this.#source.entry(at));
  }

  entriesWith(handle: Handle): readonly LoggedEntry[] {
    return this.#load(this.#index.withHandle(handle));
  }

  orders(): readonly LoggedEntry[] {
    return this.entriesOf(EntryType.order);
  }

  /** The entries of a type from `from` on, ascending. */
  entriesOf(type: EntryType, from = 0n): readonly LoggedEntry[] {
    return this.#load(this.indicesOf(type, from));
  }

  /** Their indices, for types with many entries. */
  indicesOf(type: EntryType, from = 0n): readonly number[] {
    return this.#index.ofType(type).filter((index) => index >= from);
  }

  /** Ascending. */
  indicesOfActor(actorKeyId: Hash): readonly number[] {
    return this.#index.ofActor(actorKeyId);
  }

  secretOf(index: bigint): EntrySecret | null {
    return this.#secrets.get(index) ?? null;
  }

  /** Identity by the first certificate, dates by all, and from when on it is revoked (PROTOCOL 4.3). */
  readonly devices = (id: DeviceId): Device | null => this.#judge.keys.device(id);
  /** Roles and dates are in `terms`; a person has one officer_id (PROTOCOL 4.3). */
  readonly officers = (id: OfficerId): Officer | null => this.#judge.keys.officer(id);

  devicesOf(account: AccountId): Device[] {
    const ids = [...(this.#deviceIdsByAccount.get(toHex(account)) ?? [])];
    const devices = ids.map((id) => this.devices(this.#deviceIds.get(id) as DeviceId));
    // A later certificate may name another account, but does not move the device there.
    return devices.filter((device): device is Device => device !== null && equal(device.accountId, account));
  }

  allOfficers(): Officer[] {
    return [...this.#officerIds.values()].flatMap((id) => this.officers(id) ?? []);
  }

  /** The officer or reader whose signing key has the id (alg 1 and 3), or null. */
  officerByKey(officerKeyId: Hash): Officer | null {
    const id = this.#officerIdsByKey.get(toHex(officerKeyId));
    return id === undefined ? null : this.officers(id);
  }

  readersOf(agency: AgencyId): readonly Officer[] {
    return this.#judge.keys.readersOf(agency);
  }

  custodyKey(id: Hash): CustodyKey | null {
    return this.#judge.keys.custodyKey(id);
  }

  /** The newest generation of every custody key. */
  custodyKeys(): CustodyKey[] {
    return this.custodyKeyBytes().map((bytes) => decode(custodyKeyCodec, bytes));
  }

  /** The same, each as it stands in the log. */
  custodyKeyBytes(): Uint8Array[] {
    return [...this.#custodyKeyIndexes.values()].map((index) => this.#payloadAt(index));
  }

  /** The newest profile as it stands in the log, and where. */
  profileEntry(): { readonly index: bigint; readonly profile: Uint8Array } {
    const newest = this.#profiles.at(-1);
    ensure(newest !== undefined, 'profile.invalid');
    return { index: BigInt(newest.index), profile: this.#payloadAt(newest.index) };
  }

  /** The certificates of a device or officer, and its revocations: the entries of types 5 and 6, ascending. */
  certEntries(id: DeviceId | OfficerId): readonly LoggedEntry[] {
    return this.#load(this.#certsById.get(toHex(id)) ?? []);
  }

  /** The authority of the newest profile with that key, or null. */
  authorityByKey(authorityKeyId: Hash): Authority | null {
    return this.profile.authorities.find(({ key }) => equal(keyId(key), authorityKeyId)) ?? null;
  }

  /** Everybody who is given openings: the custodians of the newest generations and the authorities with role 3 (PROTOCOL 11.2). */
  openingRecipients(): OpeningRecipient[] {
    const recipients = new Map<string, OpeningRecipient>();
    for (const { sigKey, hpkeKey } of this.custodyKeys().flatMap(({ custodians }) => custodians)) {
      recipients.set(toHex(sigKey), { keyId: keyId(sigKey), hpkeKey });
    }
    for (const { key, hpkeKey, roles } of this.profile.authorities) {
      if (roles.includes(Role.oversight)) recipients.set(toHex(key), { keyId: keyId(key), hpkeKey });
    }
    return [...recipients.values()];
  }

  territoriesOf(device: DeviceId, day: number): ReadonlySet<Territory> {
    return this.#territories.of(device, day);
  }

  firstUnopenedTerritory(): LoggedEntry | null {
    const index = this.#territories.firstUnopened();
    return index === null ? null : (this.#load([index])[0] ?? null);
  }

  orderActor(handle: Handle): Hash | null {
    return this.entriesWith(handle).find(({ entry }) => entry.type === EntryType.order)?.entry.actorKeyId ?? null;
  }

  /**
   * The entries of the genesis, by the first profile: the custody key first, since it names the custodians who spoke in the
   * ceremony. Whoever the profile does not name was never there.
   */
  #acceptGenesis(): void {
    const isCustodyKey = (index: number) => acceptedOrNull(() => this.#decodeAt(index))?.type === EntryType.custodyKey;
    const keysFirst = [
      ...this.#beforeProfile.filter(isCustodyKey),
      ...this.#beforeProfile.filter((index) => !isCustodyKey(index)),
    ];
    const accepted: number[] = [];
    for (const index of keysFirst) {
      const judged = acceptedOrNull(() => this.#judge.judge(this.#decodeAt(index), this));
      if (judged === null) continue;
      judged.accept();
      this.#absent.delete(index);
      accepted.push(index);
    }
    for (const index of accepted.sort((a, b) => a - b)) this.#learn(index, this.#decodeAt(index));
    this.#beforeProfile.length = 0;
  }

  #learn(index: number, entry: LogEntry): void {
    this.#index.add(index, entry);
    if (entry.type === EntryType.territory) this.#territories.add(index);
    if (entry.form !== 0) return;
    if (entry.type === EntryType.profile) this.#profiles.push({ index, authorities: this.profile.authorities });
    if (entry.type === EntryType.custodyKey) {
      this.#custodyKeyIndexes.set(toHex(decode(custodyKeyCodec, entry.payload).custodyKeyId), index);
    }
    if (entry.type === EntryType.cert) this.#learnCert(index, entry.payload);
    if (entry.type === EntryType.certRevoked) this.#note(decode(certRevocationCodec, entry.payload).id, index);
  }

  #learnCert(index: number, payload: Uint8Array): void {
    const body = decode(certBodyCodec, payload);
    if (body.kind === CertKind.device) {
      const { deviceId, accountId } = body.cert;
      this.#note(deviceId, index);
      this.#deviceIds.set(toHex(deviceId), deviceId);
      const ids = this.#deviceIdsByAccount.get(toHex(accountId)) ?? new Set();
      this.#deviceIdsByAccount.set(toHex(accountId), ids.add(toHex(deviceId)));
      return;
    }
    const { officerId } = body.cert;
    this.#note(officerId, index);
    this.#officerIds.set(toHex(officerId), officerId);
    const officer = this.officers(officerId);
    const key = officer === null ? null : signingKeyOf(officer.key);
    const name = key === null ? null : toHex(keyId(key));
    // A second certificate for the key does not make it somebody else's.
    if (name !== null && !this.#officerIdsByKey.has(name)) this.#officerIdsByKey.set(name, officerId);
  }

  #note(id: Uint8Array, index: number): void {
    const entries = this.#certsById.get(toHex(id)) ?? [];
    entries.push(index);
    this.#certsById.set(toHex(id), entries);
  }

  /** Of the profile that was in force: what was signed under it stays signed. */
  #authoritiesAt(index: number): readonly Authority[] {
    const inForce = this.#profiles.findLast((profile) => profile.index < index) ?? this.#profiles[0];
    return inForce?.authorities ?? [];
  }

  #decodeAt(index: number): LogEntry {
    return decode(logEntryCodec, this.#source.entry(index));
  }

  #payloadAt(index: number): Uint8Array {
    const entry = this.#decodeAt(index);
    if (entry.form !== 0) throw new RangeError('an entry of that type is open');
    return entry.payload;
  }

  #load(indices: readonly number[]): LoggedEntry[] {
    return indices.map((index) => ({ index: BigInt(index), entry: this.#decodeAt(index) }));
  }
}
