/** A witness: it cosigns a checkpoint that follows on the one it cosigned last, and no other (PROTOCOL 11.1; C2SP tlog-witness). */
import {
  decideAddCheckpoint,
  deriveVerifierKey,
  LOG_KEY,
  type SignerKey,
  type WitnessAnswer,
  type WitnessRecord,
} from '@countersign/tlog';

export class Witness {
  readonly key: SignerKey;
  readonly #log: SignerKey;
  readonly #held = new Map<string, WitnessRecord>();

  constructor(key: SignerKey, log: SignerKey) {
    this.key = key;
    this.#log = log;
  }

  /** Of the checkpoint cosigned last; 0 before the first. */
  get size(): number {
    return this.#held.get(this.#log.name)?.size ?? 0;
  }

  /** `now` in unix seconds. What it remembers changes before it answers. */
  addCheckpoint(request: Uint8Array, now: number): WitnessAnswer {
    const logs = new Map([[this.#log.name, [deriveVerifierKey(this.#log.name, LOG_KEY, this.#log.publicKey)]]]);
    const answer = decideAddCheckpoint(request, this.#held, { key: this.key, logs }, now);
    if (answer.record !== null) this.#held.set(this.#log.name, answer.record);
    return answer;
  }
}
