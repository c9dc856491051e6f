/** Judges entries one after the other by the keys that the log itself has taught so far (PROTOCOL 4, 11.2). */
import { Ac1Error, decode, ensure, equal, isZero } from '@countersign/bytes';
import { CertKind, certRevocationCodec, certRevocationSigner } from './cert-revocation.ts';
import { deviceCertSigner } from './device-cert.ts';
import { certBodyCodec } from './entry-body.ts';
import { type Actor, type EntrySubject, verifyActor, verifyForm, verifyHandle } from './entry-rules.ts';
import type { Hash, NetworkId, SigKey } from './ids.ts';
import { EntryType, type Handle, keyId, type LogEntry, verifyEntrySignature } from './log-entry.ts';
import { type KeyChange, LogKeys } from './log-keys.ts';
import { officerCertSigner } from './officer-cert.ts';
import { openingCodec } from './opening.ts';
import { profileCodec } from './profile.ts';
import { refusalOf } from './refusal.ts';

/** What a reader of a log believes before he has read it. */
export interface LogAnchor {
  readonly networkId: NetworkId;
  /** The network root's. */
  readonly rootKey: SigKey;
}

/** What an entry is looked up by: the entries before it that are not treated as absent. */
export interface EarlierEntries {
  entryAt(index: bigint): LogEntry | null;
  /** actor_key_id of the type 8 entry with the handle, or null. */
  orderActor(handle: Handle): Hash | null;
}

/** An entry whose form, signature, actor and handle are right. */
export interface JudgedEntry {
  readonly subject: EntrySubject;
  /** Takes the entry's effect on the keys; called once it is certain that the log has it. */
  readonly accept: () => void;
}

export class EntryJudge {
  readonly keys: LogKeys;
  readonly #networkId: Uint8Array;
  readonly #genesis: readonly Actor[];
  #hasProfile = false;

  /**
   * `genesis` are the actors that a logbook believes before there is a profile, and not one entry longer (docs/network.md, Genesis);
   * whoever only follows the log has none.
   */
  constructor(anchor: LogAnchor, genesis: readonly Actor[] = []) {
    this.keys = new LogKeys(anchor.rootKey);
    this.#networkId = anchor.networkId;
    this.#genesis = genesis;
  }

  /** Whether the network's first profile was accepted. */
  get hasProfile(): boolean {
    return this.#hasProfile;
  }

  /** Form, signature, actor and handle, in the log's order; throws the code of the first that fails. */
  judge(entry: LogEntry, earlier: EarlierEntries): JudgedEntry {
    verifyForm(entry);
    const change = attempt(() => this.#changeBy(entry));
    const candidates = this.#candidates(entry, change.value?.relayKeys ?? []);
    const [signer] = candidates;
    ensure(signer !== undefined, 'log.signature_invalid');
    verifyEntrySignature(entry, signer.key);
    if (change.error !== null) throw change.error;
    const subject = this.#subjectOf(entry, earlier, change.value, signer.key);
    const isEntitled = candidates.some((actor) => refusalOf(() => verifyActor(entry, actor, subject)) === null);
    ensure(isEntitled, 'log.actor_invalid');
    verifyHandle(entry, subject);
    return { subject, accept: () => this.#accept(entry, change.value) };
  }

  #accept(entry: LogEntry, change: KeyChange | null): void {
    change?.accept();
    if (entry.type === EntryType.profile) this.#hasProfile = true;
  }

  /** Everybody whose key the entry names. A genesis key that counts no more, or may not append a profile, is nobody's. */
  #candidates(entry: LogEntry, named: readonly SigKey[]): Actor[] {
    const own = this.keys.actors(entry.actorKeyId, entry.hour).filter((actor) => this.#isInForce(actor));
    const relays = named.map((key): Actor => ({ kind: 'relay', key, roles: [] }));
    // A first profile counts only if a relay that it names logged it: all who follow the log judge it so (PROTOCOL 11.2).
    const isBelieved = !this.#hasProfile && entry.type !== EntryType.profile;
    const genesis = isBelieved ? this.#genesis : this.#genesis.map(({ key }): Actor => ({ kind: 'none', key, roles: [] }));
    return [...own, ...relays, ...genesis].filter(({ key }) => equal(keyId(key), entry.actorKeyId));
  }

  /** A relay that the newest profile names no more logs nothing new. */
  #isInForce({ kind, key }: Actor): boolean {
    return kind !== 'relay' || this.keys.profile.relayKeys.some((relay) => equal(relay, key));
  }

  /** What the entry would change about whom the log believes; throws where its body is not valid. */
  #changeBy(entry: LogEntry): KeyChange | null {
    if (entry.form !== 0) return null;
    if (entry.type === EntryType.profile) return this.#readProfile(entry.payload);
    if (!this.#hasProfile) return null;
    if (entry.type === EntryType.custodyKey) return this.keys.readCustodyKey(entry.payload);
    if (entry.type === EntryType.cert) return this.keys.readCert(entry.payload);
    if (entry.type === EntryType.certRevoked) return this.keys.readRevocation(entry.payload);
    return null;
  }

  #readProfile(payload: Uint8Array): KeyChange {
    const change = this.keys.readProfile(payload);
    ensure(equal(decode(profileCodec, payload).networkId, this.#networkId), 'profile.invalid');
    return change;
  }

  /** What the entry is about, as far as it can be told before it is opened. */
  #subjectOf(entry: LogEntry, earlier: EarlierEntries, change: KeyChange | null, signer: SigKey): EntrySubject {
    switch (entry.type) {
      case EntryType.cert:
      case EntryType.certRevoked: {
        const bodyBy = this.#hasProfile ? (change?.signer ?? null) : this.#genesisSigner(entry);
        return bodyBy === null ? {} : { bodyBy };
      }
      case EntryType.territory:
        return { bodyBy: signer }; // told when it is opened
      case EntryType.roster:
        return isZero(entry.handle) ? {} : { slot: entry.handle };
      case EntryType.opening: {
        const opened = entry.form === 0 ? earlier.entryAt(decode(openingCodec, entry.payload).index) : null;
        return opened === null ? {} : { openedHandle: opened.handle, openedActor: opened.actorKeyId };
      }
      case EntryType.order:
        return isZero(entry.handle) ? {} : { orderId: entry.handle };
      default:
        return isZero(entry.handle) ? {} : orderSubject(entry, earlier);
    }
  }

  /** The genesis authority that signed a certificate or revocation before there was a profile. */
  #genesisSigner(entry: LogEntry): SigKey | null {
    if (entry.form !== 0) return null;
    const authorities = this.#genesis.flatMap(({ kind, key, roles }) =>
      kind === 'authority' ? [{ key, roles: [...roles] }] : [],
    );
    if (entry.type === EntryType.certRevoked) {
      return certRevocationSigner(decode(certRevocationCodec, entry.payload), authorities, []);
    }
    const body = decode(certBodyCodec, entry.payload);
    return body.kind === CertKind.device ? deviceCertSigner(body.cert, authorities) : officerCertSigner(body.cert, authorities);
  }
}

function orderSubject(entry: LogEntry, earlier: EarlierEntries): EntrySubject {
  const orderActor = earlier.orderActor(entry.handle);
  return {
    orderId: entry.handle,
    ...(entry.type === EntryType.statement ? { ofOrder: true } : {}),
    ...(orderActor === null ? {} : { orderActor }),
  };
}

/** The value, or the refusal to be thrown when its turn has come. */
function attempt<T>(read: () => T): { readonly value: T | null; readonly error: Ac1Error | null } {
  try {
    return { value: read(), error: null };
  } catch (error) {
    if (error instanceof Ac1Error) return { value: null, error };
    throw error;
  }
}
