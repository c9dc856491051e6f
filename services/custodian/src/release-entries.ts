/** The custodian's type 15 entries: the list of SHA-256(Release), appended once, opened to whoever must be able to open it (PROTOCOL 11.2, 11.3). */
import { encode, equal, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { commit, EntryType, encodeSecretPayload, type Handle, type LogEntry, releasesBodyCodec } from '@countersign/custody';
import { type AppendedEntry, type LogMirror, type LogWriter, postOpenings } from '@countersign/service';
import { AppError } from '@countersign/wire';
import type { RequestAnswer } from './answered-requests.ts';

export interface ReleaseEntriesParts {
  readonly mirror: LogMirror;
  readonly writer: LogWriter;
  /** Of the logbook's private port. */
  readonly url: string;
  readonly random: Random;
}

export class ReleaseEntries {
  readonly #parts: ReleaseEntriesParts;

  constructor(parts: ReleaseEntriesParts) {
    this.#parts = parts;
  }

  /** Index of the entry of `answer`: the one that was appended before a crash, or a new one. Its opening is with its recipients then. */
  async append(answer: RequestAnswer, signal: AbortSignal): Promise<bigint> {
    const { mirror, writer, url, random } = this.#parts;
    const appended = (await this.#findAppended(answer, signal)) ?? (await this.#appendNew(answer, writer, signal));
    await postOpenings(url, [appended], mirror.directory.openingRecipients(), random, signal);
    return appended.index;
  }

  /** Resolves when the entry is in the own copy, which grows by witnessed checkpoints alone; `internal.unavailable` until then. */
  async proveLogged(answer: RequestAnswer, index: bigint, signal: AbortSignal): Promise<void> {
    const { mirror } = this.#parts;
    await mirror.waitForSize(Number(index) + 1, signal);
    const entry = mirror.directory.entryAt(index);
    if (entry === null || !this.#isOf(entry, answer)) throw new AppError('internal.unknown', 'entry of the releases');
  }

  async #appendNew({ releases, handle, notifyBy, salt }: RequestAnswer, writer: LogWriter, signal: AbortSignal) {
    const item = { type: EntryType.release, handle, noticeBy: notifyBy, body: bodyOf(releases), salt };
    const [appended] = await writer.append([item], signal);
    return appended as AppendedEntry;
  }

  /** The log knows the last entry of this custodian under the handle: when the copy has that one, it has the one we look for, if any. */
  async #findAppended(answer: RequestAnswer, signal: AbortSignal): Promise<AppendedEntry | null> {
    const { mirror } = this.#parts;
    const last = await this.#lastIndex(answer.handle, signal);
    if (last === null) return null;
    await mirror.waitForSize(last + 1, signal);
    const found = mirror.directory.entriesWith(answer.handle).find(({ entry }) => this.#isOf(entry, answer));
    if (found === undefined) return null;
    const { index } = found;
    return { index, entry: mirror.entry(index), salt: answer.salt, payload: payloadOf(answer.releases) };
  }

  async #lastIndex(handle: Handle, signal: AbortSignal): Promise<number | null> {
    const { url, writer } = this.#parts;
    try {
      const answer = await fetch(`${url}/v1/actors/${toHex(writer.actorKeyId)}/${toHex(handle)}`, { signal });
      if (!answer.ok) throw new AppError('internal.unavailable');
      return ((await answer.json()) as { last_index: number | null }).last_index;
    } catch (cause) {
      throw new AppError('internal.unavailable', undefined, { cause });
    }
  }

  #isOf(entry: LogEntry, { releases, salt }: RequestAnswer): boolean {
    if (entry.type !== EntryType.release || entry.form !== 1) return false;
    const isOwn = equal(entry.actorKeyId, this.#parts.writer.actorKeyId);
    return isOwn && equal(entry.commitment, commit(salt, payloadOf(releases)));
  }
}

function bodyOf(releases: readonly Uint8Array[]): Uint8Array {
  return encode(
    releasesBodyCodec,
    releases.map((release) => crypto.sha256(release)),
  );
}

function payloadOf(releases: readonly Uint8Array[]): Uint8Array {
  return encodeSecretPayload(EntryType.release, bodyOf(releases));
}
