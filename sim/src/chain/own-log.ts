/** OwnLog: a party's own complete copy of the log, judged entry by entry, and what it takes a logged body from (PROTOCOL 11.2, 11.3). */

import { encode } from '@countersign/bytes';
import { type Annex, annexCodec, checkpointPolicy, type LogEntry, verifyOpening, verifySecret } from '@countersign/custody';
import { EntryStore, LogDirectory } from '@countersign/service';
import { type Checkpoint, entryHash, verifyCheckpoint, verifyInclusion } from '@countersign/tlog';
import type { Committed, Log } from './log.ts';
import { anchorOf, type World } from './world.ts';

export class OwnLog {
  readonly view: LogDirectory;
  readonly #store: EntryStore;
  readonly #annex: Annex;
  #hasAnnex = false;

  private constructor(world: World, store: EntryStore) {
    this.#store = store;
    this.#annex = world.annex;
    const entry = (index: number) => store.entry(index);
    this.view = new LogDirectory(anchorOf(world), { entry, rootAt: (size) => store.head(size).root });
  }

  static async open(world: World): Promise<OwnLog> {
    return new OwnLog(world, await EntryStore.open(null));
  }

  /** Reads on to the log's end. */
  async follow(log: Log): Promise<void> {
    for (let index = this.#store.size; index < log.size; index++) {
      const bytes = log.entry(index);
      await this.#store.append([bytes]);
      this.view.append(bytes);
    }
    if (this.#hasAnnex || !this.view.hasProfile) return;
    this.view.addAnnex(encode(annexCodec, this.#annex));
    this.#hasAnnex = true;
  }
}

/** An entry as one who holds no copy of the log is shown it. */
export interface ShownEntry extends Committed {
  readonly entry: Uint8Array;
  readonly checkpoint: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** What a relay serves beside a grant or a roster: its entry, opened, with a proof under a checkpoint of now. */
export function showEntry(log: Log, { index, secret }: Committed): ShownEntry {
  const checkpoint = log.checkpoint();
  return { index, secret, entry: log.entry(Number(index)), checkpoint, proof: log.proveInclusion(index, log.size) };
}

/** The body of a shown entry, proven to be logged and its actor's; codes of VerifyCheckpoint, inclusion and VerifyOpening. */
export function readShown(
  shown: ShownEntry,
  actorKey: Uint8Array,
  profile: Parameters<typeof checkpointPolicy>[0],
  now: number,
): { readonly entry: LogEntry; readonly body: Uint8Array } {
  verifyLogged(shown, profile, now);
  const opened = verifyOpening(shown.entry, actorKey, shown.secret);
  return { entry: opened.entry, body: verifySecret(opened.entry, shown.secret) };
}

/** Whether the entry is under the witnessed checkpoint that came with it; throws the code of the first check that fails. */
export function verifyLogged(
  { entry, index, checkpoint, proof }: Omit<ShownEntry, 'secret'>,
  profile: Parameters<typeof checkpointPolicy>[0],
  now: number,
): Checkpoint {
  const head = verifyCheckpoint(checkpoint, checkpointPolicy(profile), now);
  verifyInclusion(entryHash(entry), Number(index), head, proof);
  return head;
}
