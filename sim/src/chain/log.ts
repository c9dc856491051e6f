/** The log of the chain: it judges what is appended, has witnesses cosign, and carries sealed openings (PROTOCOL 11.1, 11.2). */
import { decode, ensure, fromUtf8, isZero, toHex } from '@countersign/bytes';
import {
  type Actor,
  commit,
  createLogEntry,
  createSealedOpening,
  type EntryForm,
  type EntrySecret,
  EntryType,
  encodeSecretPayload,
  type Handle,
  hourOf,
  keyId,
  type LogEntry,
  logEntryCodec,
  NO_PREVIOUS_ENTRY,
  SALT_BYTES,
  type SealedOpening,
  verifyHour,
  verifyNoticeBy,
  ZERO_HANDLE,
} from '@countersign/custody';
import { EntryStore, LogDirectory } from '@countersign/service';
import {
  addCosignatures,
  createCheckpoint,
  formatAddCheckpoint,
  formatNote,
  parseCosignaturesAnswer,
  parseNote,
} from '@countersign/tlog';
import { Witness } from './witness.ts';
import { anchorOf, type Signer, type World } from './world.ts';

/** Where no profile says otherwise yet (PROTOCOL 4.1). */
const SKEW_S = 600;
/** What custodians and role 3 are given the openings of, at the moment of appending (PROTOCOL 11.2). */
const OPENED_TYPES: readonly number[] = [
  EntryType.territory,
  EntryType.order,
  EntryType.authorisation,
  EntryType.releaseRequest,
  EntryType.release,
  EntryType.extension,
  EntryType.review,
];

/** What an actor wants to have logged. */
export interface NewEntry {
  readonly type: EntryType;
  readonly actor: Signer;
  /** Of an order or a roster's slot; zeros when left out. */
  readonly handle?: Handle;
  /** Of the order; 0 when left out. */
  readonly noticeBy?: bigint;
}

/** An entry of form 1, with what opens it. */
export interface Committed {
  readonly index: bigint;
  readonly secret: EntrySecret;
}

export class Log {
  readonly witnesses: readonly Witness[];
  readonly #world: World;
  readonly #store: EntryStore;
  readonly #view: LogDirectory;
  /** By actor and handle in hex: each actor has a chain of its own. */
  readonly #last = new Map<string, bigint>();
  /** By handle in hex: the deadline of an order, and the slots that have their roster. */
  readonly #noticeBy = new Map<string, bigint>();
  readonly #slots = new Set<string>();
  /** By key id in hex. */
  readonly #openings = new Map<string, SealedOpening[]>();

  private constructor(world: World, store: EntryStore, genesis: readonly Actor[]) {
    this.#world = world;
    this.#store = store;
    this.witnesses = world.witnesses.map((key) => new Witness(key, world.log));
    const entry = (index: number) => store.entry(index);
    this.#view = new LogDirectory(anchorOf(world), { entry, rootAt: (size) => store.head(size).root }, genesis);
  }

  /** `genesis` are those who may append before there is a profile. */
  static async open(world: World, genesis: readonly Actor[]): Promise<Log> {
    return new Log(world, await EntryStore.open(null), genesis);
  }

  get size(): number {
    return this.#store.size;
  }

  entry(index: number): Uint8Array {
    return this.#store.entry(index);
  }

  proveInclusion(index: bigint, size: number): Uint8Array[] {
    return this.#store.proveInclusion(Number(index), size);
  }

  /** An entry whose body everybody may see (form 0). */
  async publish(wanted: NewEntry, payload: Uint8Array): Promise<bigint> {
    return this.#append(this.#sign(wanted, { form: 0, payload }), true);
  }

  /** An entry that only commits to its body (form 1); custodians and role 3 get the openings they must hold. */
  async commit(wanted: NewEntry, body: Uint8Array): Promise<Committed> {
    return this.#commit(wanted, body, true);
  }

  /** The same by a log that is in league with somebody and judges nothing. */
  async commitUnjudged(wanted: NewEntry, body: Uint8Array): Promise<Committed> {
    return this.#commit(wanted, body, false);
  }

  /** The openings that were sealed to the holder of the key, from the `from`th on. */
  openingsFor(key: Uint8Array, from: number): readonly SealedOpening[] {
    return (this.#openings.get(toHex(keyId(key))) ?? []).slice(from);
  }

  /** The checkpoint of now, cosigned by those of `witnesses` that agree. */
  checkpoint(witnesses: readonly Witness[] = this.witnesses): Uint8Array {
    let note = parseNote(createCheckpoint(this.#store.head(), this.#world.log));
    for (const witness of witnesses) {
      const { size: oldSize } = witness;
      const proof = this.#store.proveConsistency(oldSize);
      const request = formatAddCheckpoint({ oldSize, proof, checkpoint: formatNote(note) });
      const answer = witness.addCheckpoint(request, this.#world.clock.now);
      if (answer.status !== 200) continue;
      note = addCosignatures(note, parseCosignaturesAnswer(fromUtf8(answer.body)), witness.key);
    }
    return formatNote(note);
  }

  async #commit(wanted: NewEntry, body: Uint8Array, isJudged: boolean): Promise<Committed> {
    const secret = { salt: this.#world.random(SALT_BYTES), payload: encodeSecretPayload(wanted.type, body) };
    const entry = this.#sign(wanted, { form: 1, commitment: commit(secret.salt, secret.payload) });
    const index = await this.#append(entry, isJudged);
    const isSummary = wanted.type === EntryType.statement && wanted.handle !== undefined;
    if (isSummary || OPENED_TYPES.includes(wanted.type)) this.#handOver(index, secret);
    return { index, secret };
  }

  #sign({ type, actor, handle = ZERO_HANDLE, noticeBy = 0n }: NewEntry, form: EntryForm): Uint8Array {
    const prevIndex = this.#last.get(chainOf(keyId(actor.key), handle)) ?? NO_PREVIOUS_ENTRY;
    return createLogEntry({ type, handle, hour: hourOf(this.#world.clock.now), noticeBy, prevIndex, ...form }, actor.seed);
  }

  async #append(bytes: Uint8Array, isJudged: boolean): Promise<bigint> {
    const entry = decode(logEntryCodec, bytes);
    if (isJudged) this.#judge(entry);
    const index = BigInt(this.size);
    await this.#store.append([bytes]);
    this.#view.append(bytes);
    if (entry.type === EntryType.order) this.#noticeBy.set(toHex(entry.handle), entry.noticeBy);
    if (entry.type === EntryType.roster) this.#slots.add(toHex(entry.handle));
    this.#last.set(chainOf(entry.actorKeyId, entry.handle), index);
    return index;
  }

  /** The table "What the log checks" of PROTOCOL 11.2; decoding was step 1. */
  #judge(entry: LogEntry): void {
    const { subject } = this.#view.judge(entry); // 2 to 5
    const handle = toHex(entry.handle);
    const noticeBy = this.#noticeBy.get(handle);
    if (entry.type === EntryType.order) ensure(noticeBy === undefined, 'log.handle_invalid');
    else if (entry.type === EntryType.roster) ensure(!this.#slots.has(handle), 'log.handle_invalid');
    else if (!isZero(entry.handle)) ensure(noticeBy !== undefined, 'log.handle_invalid');
    const skewS = this.#view.hasProfile ? this.#view.profile.skewS : SKEW_S;
    verifyHour(entry, this.#world.clock.now, skewS); // 6
    const inForce = entry.type === EntryType.order ? entry.noticeBy : noticeBy;
    verifyNoticeBy(entry, inForce === undefined ? subject : { ...subject, noticeBy: inForce }); // 7
  }

  /** Whoever must be able to open at the deadline holds the opening from the start (PROTOCOL 11.2). */
  #handOver(index: bigint, secret: EntrySecret): void {
    for (const recipient of this.#view.openingRecipients()) {
      const id = toHex(recipient.keyId);
      const held = this.#openings.get(id) ?? [];
      held.push(createSealedOpening(index, secret, recipient.hpkeKey, this.#world.random));
      this.#openings.set(id, held);
    }
  }
}

function chainOf(actorKeyId: Uint8Array, handle: Uint8Array): string {
  return `${toHex(actorKeyId)}/${toHex(handle)}`;
}
