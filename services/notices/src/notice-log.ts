/** The entries of role 3: openings of summaries (type 19) and notices (type 18), each appended once (PROTOCOL 11.2). */
import { encode, equal, toHex } from '@countersign/bytes';
import {
  commit,
  type EntrySecret,
  EntryType,
  encodeSecretPayload,
  type LoggedEntry,
  type OrderId,
  openingCodec,
} from '@countersign/custody';
import type { AppendedEntry, LogMirror, LogWriter } from '@countersign/service';
import { AppError } from '@countersign/wire';

const ANSWER_MAX_MS = 10_000;

export class NoticeLog {
  readonly #writer: LogWriter;
  readonly #mirror: LogMirror;
  readonly #url: string;

  /** `url` is the logbook's private one. */
  constructor(writer: LogWriter, mirror: LogMirror, url: string) {
    this.#writer = writer;
    this.#mirror = mirror;
    this.#url = url;
  }

  /** Makes the summary public. A second opening would say the same, so a lost answer does no harm. */
  async openSummary(orderId: OrderId, summary: LoggedEntry, { salt, payload }: EntrySecret): Promise<void> {
    const opening = encode(openingCodec, { index: summary.index, salt, payload });
    const [entry] = await this.#writer.append([{ type: EntryType.opening, handle: orderId, payload: opening }]);
    await this.#mirror.waitForSize(Number((entry as AppendedEntry).index) + 1, AbortSignal.timeout(ANSWER_MAX_MS));
  }

  /** Index of the type 18 entry of `notice`: the one from before a crash, or a new one. */
  async appendNotice(orderId: OrderId, noticeBy: bigint, notice: Uint8Array, salt: Uint8Array): Promise<bigint> {
    const earlier = await this.#findNotice(orderId, notice, salt);
    if (earlier !== null) return earlier;
    const [entry] = await this.#writer.append([{ type: EntryType.notice, handle: orderId, noticeBy, body: notice, salt }]);
    return (entry as AppendedEntry).index;
  }

  /** When the copy has our last entry with the handle, it has the one that is looked for, if there is one. */
  async #findNotice(orderId: OrderId, notice: Uint8Array, salt: Uint8Array): Promise<bigint | null> {
    const last = await this.#lastIndex(orderId);
    if (last === null) return null;
    await this.#mirror.waitForSize(last + 1, AbortSignal.timeout(ANSWER_MAX_MS));
    const commitment = commit(salt, encodeSecretPayload(EntryType.notice, notice));
    const entries = this.#mirror.directory.entriesWith(orderId);
    return entries.find(({ entry }) => entry.form === 1 && equal(entry.commitment, commitment))?.index ?? null;
  }

  async #lastIndex(orderId: OrderId): Promise<number | null> {
    try {
      const url = `${this.#url}/v1/actors/${toHex(this.#writer.actorKeyId)}/${toHex(orderId)}`;
      const answer = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MAX_MS) });
      if (!answer.ok) throw new AppError('internal.unavailable');
      return ((await answer.json()) as { last_index: number | null }).last_index;
    } catch (cause) {
      throw new AppError('internal.unavailable', undefined, { cause });
    }
  }
}
