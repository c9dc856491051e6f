/**
 * From a prepared message to its stamp: batches are committed on two connections, appended to the log, and only then acknowledged and
 * pushed (PROTOCOL 9.3, 9.4). What was committed and not appended when a process died is appended by the recovery.
 */
import { encode } from '@countersign/bytes';
import { EntryType, envelopeBatchCodec } from '@countersign/custody';
import { ringDoorbell } from '@countersign/db';
import type { AppendedEntry } from '@countersign/service';
import { AppError } from '@countersign/wire';
import { MESSAGES_PER_BATCH_MAX } from '../limits.ts';
import type { DeliveryLog } from '../log/delivery-log.ts';
import { type AcceptedMessage, type CommitOptions, type CommittedBatch, commitBatch, type Outcome } from './batch-commit.ts';
import { FairQueue } from './fair-queue.ts';
import type { PreparedMessage } from './prepare.ts';

export const MAIL_CHANNEL = 'delivery_mail';
const WORKERS = 2;
/** Committed and not yet appended: beyond it nothing more is taken, and senders hear limit.rate. */
const BATCHES_UNLOGGED_MAX = 64;
const AGAIN_WAIT_MS = 10_000;
const AGAIN_POLL_MS = 50;

interface Waiting {
  readonly message: PreparedMessage;
  readonly resolve: (stamp: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

export interface AcceptorOptions extends CommitOptions {
  readonly log: DeliveryLog;
  /** Called once a batch is in the log: its messages may be shown. */
  readonly onLogged: (accepted: readonly AcceptedMessage[], entry: AppendedEntry) => void;
  readonly onError: (error: unknown) => void;
}

export class Acceptor {
  readonly #options: AcceptorOptions;
  readonly #queue = new FairQueue<Waiting>();
  readonly #unlogged = new Map<bigint, Promise<void>>();
  readonly #workers = new Set<Promise<void>>();
  #isStopping = false;
  /** For the metrics. */
  accepted = 0;
  batches = 0;

  constructor(options: AcceptorOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** The stamp, once the message is on disk, in custody and in the log. `device` is the sender in hex. Rejects with the refusal. */
  submit(device: string, message: PreparedMessage): Promise<Uint8Array> {
    if (this.#isStopping) throw new AppError('internal.unavailable');
    return new Promise((resolve, reject) => {
      this.#queue.put(device, { message, resolve, reject });
      this.#wake();
    });
  }

  /** Finishes what was taken. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    while (this.#workers.size > 0 || this.#unlogged.size > 0) {
      await Promise.allSettled([...this.#workers, ...this.#unlogged.values()]);
    }
  }

  #wake(): void {
    while (this.#workers.size < WORKERS && this.#unlogged.size < BATCHES_UNLOGGED_MAX) {
      const { items, devices } = this.#queue.take(MESSAGES_PER_BATCH_MAX);
      if (items.length === 0) return;
      const worker = this.#work(items).finally(() => {
        this.#workers.delete(worker);
        this.#queue.release(devices);
        this.#wake();
      });
      this.#workers.add(worker);
    }
  }

  async #work(items: readonly Waiting[]): Promise<void> {
    try {
      const { committed, outcomes } = await commitBatch(
        items.map(({ message }) => message),
        this.#options,
      );
      const logged = committed === null ? Promise.resolve() : this.#log(committed, outcomes);
      for (const [i, outcome] of outcomes.entries()) this.#answer(items[i] as Waiting, outcome, logged);
    } catch (error) {
      this.#options.onError(error);
      for (const { reject } of items) reject(new AppError('internal.unavailable', undefined, { cause: error }));
    }
  }

  #answer({ resolve, reject }: Waiting, outcome: Outcome, logged: Promise<void>): void {
    if (outcome.kind === 'refused') reject(outcome.error);
    else if (outcome.kind === 'accepted') logged.then(() => resolve(outcome.accepted.stamp), reject);
    else this.#waitForBatch(outcome.batch).then(() => resolve(outcome.stamp), reject);
  }

  #log(committed: CommittedBatch, outcomes: readonly Outcome[]): Promise<void> {
    const { batch } = committed.batch;
    const accepted = [...new Set(outcomes.flatMap((outcome) => (outcome.kind === 'accepted' ? [outcome.accepted] : [])))];
    const logging = this.#append(committed)
      .then((entry) => {
        this.accepted += accepted.length;
        this.batches += 1;
        this.#options.onLogged(accepted, entry);
      })
      .finally(() => {
        this.#unlogged.delete(batch);
        this.#wake();
      });
    // Its rejection reaches every sender; this one is for the case that there is none left.
    logging.catch(this.#options.onError);
    this.#unlogged.set(batch, logging);
    return logging;
  }

  async #append({ batch, salt }: CommittedBatch): Promise<AppendedEntry> {
    const { log, sql } = this.#options;
    const body = encode(envelopeBatchCodec, batch);
    const entry = await log.appendKept({ by: 'relay', type: EntryType.envelopeBatch, body, salt });
    await sql.begin(async (tx) => {
      await tx`update envelope_batch set log_index = ${entry.index}, entry = ${entry.entry}, payload = ${entry.payload}
        where batch = ${batch.batch} and log_index is null`;
      await ringDoorbell(tx, MAIL_CHANNEL);
    });
    return entry;
  }

  /** An envelope that is sent again is acknowledged again, though not before its batch is in the log. */
  async #waitForBatch(batch: bigint): Promise<void> {
    await this.#unlogged.get(batch)?.catch(() => {});
    const end = this.#options.nowMs() + AGAIN_WAIT_MS;
    for (;;) {
      const [row] = await this.#options.sql`select 1 from envelope_batch where batch = ${batch} and log_index is not null`;
      if (row !== undefined) return;
      if (this.#options.nowMs() > end || this.#isStopping) throw new AppError('internal.unavailable');
      await new Promise((resolve) => setTimeout(resolve, AGAIN_POLL_MS));
    }
  }
}
