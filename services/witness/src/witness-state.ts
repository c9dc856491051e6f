/** What a witness cosigned last, one file for each origin: check and persistence are one step (C2SP tlog-witness; PROTOCOL 11.1). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readIfThere, replaceFile } from '@countersign/service';
import {
  decideAddCheckpoint,
  parseCheckpoint,
  type WitnessAnswer,
  type WitnessConfig,
  type WitnessRecord,
  witnessCheckpointPath,
} from '@countersign/tlog';

export class WitnessState {
  readonly #dir: string;
  readonly #config: WitnessConfig;
  readonly #held: Map<string, WitnessRecord>;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(dir: string, config: WitnessConfig, held: Map<string, WitnessRecord>) {
    this.#dir = dir;
    this.#config = config;
    this.#held = held;
  }

  /** Throws for a state file that does not parse: a witness that has forgotten what it cosigned must not cosign. */
  static async open(dir: string, config: WitnessConfig): Promise<WitnessState> {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const held = new Map<string, WitnessRecord>();
    for (const origin of config.logs.keys()) {
      const bytes = await readIfThere(fileOf(dir, origin));
      if (bytes === null) continue;
      const checkpoint = parseCheckpoint(bytes);
      if (checkpoint.origin !== origin) throw new Error('a state file is that of another log');
      held.set(origin, { origin, size: checkpoint.size, root: checkpoint.root, checkpoint: bytes });
    }
    return new WitnessState(dir, config, held);
  }

  /** One request after the other: two forks sent at once are judged each by what the other left. `now` in unix seconds. */
  addCheckpoint(body: Uint8Array, now: () => number): Promise<WitnessAnswer> {
    const turn = this.#turn.then(() => this.#decide(body, now()));
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** The newest checkpoint that was cosigned under that path, or null. */
  checkpointAt(path: string): Uint8Array | null {
    for (const [origin, record] of this.#held) if (witnessCheckpointPath(origin) === path) return record.checkpoint;
    return null;
  }

  async settled(): Promise<void> {
    await this.#turn;
  }

  async #decide(body: Uint8Array, now: number): Promise<WitnessAnswer> {
    const answer = decideAddCheckpoint(body, this.#held, this.#config, now);
    if (answer.record !== null) {
      await replaceFile(fileOf(this.#dir, answer.record.origin), answer.record.checkpoint);
      this.#held.set(answer.record.origin, answer.record);
    }
    return answer;
  }
}

/** The hash of the origin names the file. */
function fileOf(dir: string, origin: string): string {
  return join(dir, witnessCheckpointPath(origin).replace('/', '.'));
}
