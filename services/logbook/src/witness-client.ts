/** Asks one witness to cosign a checkpoint (C2SP tlog-witness, `add-checkpoint`). */
import {
  addCosignatures,
  formatAddCheckpoint,
  NOTE_BYTES_MAX,
  parseCosignaturesAnswer,
  parseNote,
  parseSizeAnswer,
  type UnverifiedNote,
  type VerifierKey,
} from '@countersign/tlog';

const WITNESS_MAX_MS = 5_000;
/** A first 409 tells where to prove from; a second one means that somebody else was faster. */
const CONFLICTS_MAX = 2;

export interface CheckpointToSign {
  readonly size: number;
  readonly note: Uint8Array;
  readonly proveConsistency: (oldSize: number) => readonly Uint8Array[];
}

export class WitnessClient {
  readonly url: string;
  readonly #keys: readonly VerifierKey[];
  /** What the witness cosigned last, as far as we know. */
  #oldSize = 0;
  #isBusy = false;

  /** `keys` are those of all witnesses: an answer may carry the lines of any of them. */
  constructor(url: string, keys: readonly VerifierKey[]) {
    this.url = url;
    this.#keys = keys;
  }

  /** A witness that hangs is not asked again before its call has ended. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The note with the witness's cosignature. Throws when it does not give one. */
  async cosign(checkpoint: CheckpointToSign, signal: AbortSignal): Promise<UnverifiedNote> {
    this.#isBusy = true;
    try {
      for (let conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
        const note = await this.#ask(checkpoint, signal);
        if (note !== null) return note;
      }
      throw new Error('the witness names another size each time');
    } finally {
      this.#isBusy = false;
    }
  }

  /** Null when the witness told another size than we proved from. */
  async #ask({ size, note, proveConsistency }: CheckpointToSign, signal: AbortSignal): Promise<UnverifiedNote | null> {
    if (this.#oldSize > size) throw new Error(`the witness has cosigned ${this.#oldSize} entries, the log has ${size}`);
    const body = formatAddCheckpoint({ oldSize: this.#oldSize, proof: proveConsistency(this.#oldSize), checkpoint: note });
    const response = await fetch(`${this.url}/add-checkpoint`, {
      method: 'POST',
      body: body as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(WITNESS_MAX_MS)]),
    });
    const answer = await readAnswer(response);
    if (response.status === 409) {
      this.#oldSize = parseSizeAnswer(answer);
      return null;
    }
    if (response.status !== 200) throw new Error(`the witness answers ${response.status}`);
    const lines = parseCosignaturesAnswer(answer);
    const cosigned = this.#keys.reduce((signed, key) => addCosignatures(signed, lines, key), parseNote(note));
    this.#oldSize = size;
    return cosigned;
  }
}

async function readAnswer(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > NOTE_BYTES_MAX) throw new RangeError('the answer is longer than a note');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
