/** LogWriter: appends the entries of one actor, each of which names the actor's last one with the same handle (PROTOCOL 11.2; docs/network.md). */

import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Ac1Error, isAc1Code, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import {
  commit,
  createLogEntry,
  type EntryType,
  encodeSecretPayload,
  type Handle,
  type Hash,
  hourOf,
  keyId,
  NO_PREVIOUS_ENTRY,
  SALT_BYTES,
  ZERO_HANDLE,
} from '@countersign/custody';
import { AppError, logFrames } from '@countersign/wire';
import { callForBytes, retrying, signalOrThrow } from './log-calls.ts';

/** As contracts/log.proto. */
export const APPENDS_PER_CALL_MAX = 256;
const CALL_BYTES_MAX = 8 * 2 ** 20;
const ANSWER_BYTES_MAX = 65_536;
const WAITING_MAX = 16_384;
const KNOWN_HANDLES_MAX = 10_000;
const APPEND_MAX_MS = 15_000;

/** An entry to be: its payload is open (form 0), or its body is committed to (form 1), as the type demands. */
export type LogItem = {
  readonly type: EntryType;
  /** Zeros unless given. */
  readonly handle?: Handle;
  /** 0 unless given. */
  readonly noticeBy?: bigint;
} & (
  | { readonly payload: Uint8Array }
  /** `salt`: drawn unless given, by a caller who kept it before so that a crash cannot lose it. */
  | { readonly body: Uint8Array; readonly salt?: Uint8Array }
);

/** An entry that is durable in the log. `salt` and `payload` (a SecretPayload) open it; both are empty for form 0. */
export interface AppendedEntry {
  readonly index: bigint;
  readonly entry: Uint8Array;
  readonly salt: Uint8Array;
  readonly payload: Uint8Array;
}

export interface LogWriterOptions {
  /** Of the logbook's private port. */
  readonly url: string;
  /** The actor's Ed25519 private key. */
  readonly seed: Uint8Array;
  /** Unix seconds. */
  readonly now: () => number;
  readonly random: Random;
}

interface Waiting {
  readonly item: LogItem;
  readonly handle: Handle;
  readonly lane: string;
  readonly signal: AbortSignal;
  readonly resolve: (appended: AppendedEntry) => void;
  readonly reject: (error: unknown) => void;
}

export class LogWriter {
  readonly actorKeyId: Hash;
  readonly #options: LogWriterOptions;
  /** By handle in hex: the index of the actor's last entry. */
  readonly #last = new Map<string, bigint>();
  #waiting: Waiting[] = [];
  #isPumping = false;

  /** One writer for an actor: two would not know of each other's entries. */
  constructor(options: LogWriterOptions) {
    this.#options = options;
    this.actorKeyId = keyId(crypto.ed25519PublicKey(options.seed));
  }

  /**
   * Appends `items` in order and resolves when all are durable. Concurrent calls share a request. A refusal is an Ac1Error with the
   * log's code and the item's number; the other items are appended all the same. `internal.unavailable` when the log did not answer
   * until `signal` ended, or for 15 s without one: the entries may then have been appended or not.
   */
  async append(items: readonly LogItem[], signal: AbortSignal = AbortSignal.timeout(APPEND_MAX_MS)): Promise<AppendedEntry[]> {
    if (this.#waiting.length + items.length > WAITING_MAX) throw new AppError('limit.rate', 'entries waiting for the log');
    signalOrThrow(signal);
    const own = items.map((item) => this.#enqueue(item, signal));
    const giveUp = (): void => this.#giveUp(own.map(({ waiting }) => waiting));
    signal.addEventListener('abort', giveUp);
    void this.#pump();
    const settled = await Promise.allSettled(own.map(({ appended }) => appended));
    signal.removeEventListener('abort', giveUp);
    return settled.map((result, i) => {
      if (result.status === 'fulfilled') return result.value;
      if (result.reason instanceof Ac1Error) throw new Ac1Error(result.reason.code, { item: i }, { cause: result.reason });
      throw result.reason;
    });
  }

  #enqueue(item: LogItem, signal: AbortSignal): { readonly waiting: Waiting; readonly appended: Promise<AppendedEntry> } {
    const handle = item.handle ?? ZERO_HANDLE;
    const { promise: appended, resolve, reject } = deferred<AppendedEntry>();
    const waiting = { item, handle, lane: toHex(handle), signal, resolve, reject };
    this.#waiting.push(waiting);
    return { waiting, appended };
  }

  /** What was not sent yet is never sent; of what was, the caller does not learn whether it arrived. */
  #giveUp(own: readonly Waiting[]): void {
    const gone = new Set(own);
    this.#waiting = this.#waiting.filter((waiting) => !gone.has(waiting));
    for (const { reject, signal } of own) reject(new AppError('internal.unavailable', undefined, { cause: signal.reason }));
  }

  async #pump(): Promise<void> {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#waiting.length > 0) {
        const batch = this.#takeBatch();
        try {
          await this.#send(batch);
        } catch (error) {
          // Whether they were appended is not known: ask the log before the next one.
          for (const { lane, reject } of batch) {
            this.#last.delete(lane);
            reject(error);
          }
        }
      }
    } finally {
      this.#isPumping = false;
    }
  }

  /** In order; of one handle that is not zero only the first, since the next must name it. */
  #takeBatch(): Waiting[] {
    const batch: Waiting[] = [];
    const rest: Waiting[] = [];
    const lanes = new Set<string>();
    const zero = toHex(ZERO_HANDLE);
    let bytes = 0;
    for (const waiting of this.#waiting) {
      const size = 200 + ('payload' in waiting.item ? waiting.item.payload.length : 0);
      const fits = batch.length < APPENDS_PER_CALL_MAX && bytes + size <= CALL_BYTES_MAX;
      if (!fits || (waiting.lane !== zero && lanes.has(waiting.lane))) rest.push(waiting);
      else {
        batch.push(waiting);
        bytes += size;
      }
      lanes.add(waiting.lane);
    }
    this.#waiting = rest;
    return batch;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    const patience = new Patience(batch.map((waiting) => waiting.signal));
    try {
      await this.#sendWithin(batch, patience.signal);
    } finally {
      patience.end();
    }
  }

  async #sendWithin(batch: readonly Waiting[], signal: AbortSignal): Promise<void> {
    await Promise.all([...new Set(batch.map(({ lane }) => lane))].map((lane) => this.#recover(lane, signal)));
    const made = batch.map((waiting) => this.#make(waiting));
    const body = toBinary(
      logFrames.AppendRequestSchema,
      create(logFrames.AppendRequestSchema, { appends: made.map(({ entry }) => ({ entry })) }),
    );
    // The same bytes again are answered with the index that they have, so a lost answer does no harm.
    const answer = await retrying(() => this.#post(body, signal), signal);
    const { results } = fromBinary(logFrames.AppendReplySchema, answer);
    if (results.length !== batch.length) throw new AppError('internal.unknown', 'results of the log');
    for (const [i, waiting] of batch.entries()) {
      const { index, code = '' } = results[i] as logFrames.AppendResult;
      if (index === undefined) {
        waiting.reject(isAc1Code(code) ? new Ac1Error(code) : new AppError('internal.unknown'));
        continue;
      }
      const known = this.#last.get(waiting.lane) ?? NO_PREVIOUS_ENTRY;
      this.#remember(waiting.lane, known === NO_PREVIOUS_ENTRY || index > known ? index : known);
      waiting.resolve({ ...(made[i] as Omit<AppendedEntry, 'index'>), index });
    }
  }

  #post(body: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const url = `${this.#options.url}/v1/entries`;
    const contentType = 'application/protobuf';
    return callForBytes(url, { method: 'POST', body, contentType, answerBytesMax: ANSWER_BYTES_MAX, signal });
  }

  #make({ item, handle, lane }: Waiting): Omit<AppendedEntry, 'index'> {
    const { seed, now, random } = this.#options;
    const head = {
      type: item.type,
      handle,
      hour: hourOf(now()),
      noticeBy: item.noticeBy ?? 0n,
      prevIndex: this.#last.get(lane) ?? NO_PREVIOUS_ENTRY,
    };
    if ('payload' in item) {
      const none = new Uint8Array(0);
      return { entry: createLogEntry({ ...head, form: 0, payload: item.payload }, seed), salt: none, payload: none };
    }
    const salt = item.salt ?? random(SALT_BYTES);
    const payload = encodeSecretPayload(item.type, item.body);
    return { entry: createLogEntry({ ...head, form: 1, commitment: commit(salt, payload) }, seed), salt, payload };
  }

  /** Learns the last index of a handle from the log, after a start or a lost answer. */
  async #recover(lane: string, signal: AbortSignal): Promise<void> {
    if (this.#last.has(lane)) return;
    const url = `${this.#options.url}/v1/actors/${toHex(this.actorKeyId)}/${lane}`;
    const bytes = await retrying(() => callForBytes(url, { answerBytesMax: ANSWER_BYTES_MAX, signal }), signal);
    const { last_index } = JSON.parse(new TextDecoder().decode(bytes)) as { last_index: number | null };
    this.#remember(lane, last_index === null ? NO_PREVIOUS_ENTRY : BigInt(last_index));
  }

  #remember(lane: string, index: bigint): void {
    this.#last.delete(lane);
    this.#last.set(lane, index);
    if (this.#last.size > KNOWN_HANDLES_MAX) this.#last.delete(this.#last.keys().next().value as string);
  }
}

function deferred<T>(): {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
} {
  let resolve: (value: T) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<T>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}

/** Ends when the last of several signals does: one caller that gives up does not cancel what others wait for. */
class Patience {
  readonly #controller = new AbortController();
  readonly #running: Set<AbortSignal>;

  constructor(signals: readonly AbortSignal[]) {
    this.#running = new Set(signals.filter(({ aborted }) => !aborted));
    for (const signal of this.#running) signal.addEventListener('abort', this.#lose);
    if (this.#running.size === 0) this.#controller.abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  end(): void {
    for (const signal of this.#running) signal.removeEventListener('abort', this.#lose);
  }

  readonly #lose = (): void => {
    if ([...this.#running].every(({ aborted }) => aborted)) this.#controller.abort();
  };
}
