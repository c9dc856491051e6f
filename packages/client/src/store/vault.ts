/**
 * The device's state as one unit: work runs one piece at a time, and all that it writes (messages, MLS state, mailbox cursor) is stored
 * in one commit before anything leaves the device (PROTOCOL 5). Work that throws has changed nothing.
 */
import { fromHex, toHex } from '@countersign/bytes';
import { Group, type GroupEnvironment, type GroupRecord } from '@countersign/mls';
import type { Row, ScanOptions, Store } from '../port/store.ts';
import { Mutex } from './mutex.ts';
import { decodeRecord } from './record.ts';
import { Work } from './work.ts';

/** All but the store, which the vault itself is. */
export type VaultEnvironment = Omit<GroupEnvironment, 'store'>;

export class Vault {
  readonly #store: Store;
  readonly #mutex = new Mutex();
  readonly #groups = new Map<string, Group>();
  readonly #env: GroupEnvironment;
  #work: Work | null = null;

  constructor(store: Store, env: VaultEnvironment) {
    this.#store = store;
    this.#env = { ...env, store: { save: (record) => this.#stage(record) } };
  }

  get env(): GroupEnvironment {
    return this.#env;
  }

  /** Runs `job` alone and commits what it wrote; functions given to `work.after` run once that is durable. */
  turn<T>(job: (work: Work) => Promise<T>): Promise<T> {
    return this.#mutex.run(async () => {
      const work = new Work(this.#store, (id, current) => this.#openGroup(id, current));
      this.#work = work;
      try {
        const result = await job(work);
        if (work.writes.length > 0) await this.#store.commit(work.writes);
        work.finish();
        return result;
      } catch (error) {
        // What these groups hold in memory was never stored.
        for (const id of work.touchedGroups) this.#groups.delete(id);
        throw error;
      } finally {
        this.#work = null;
      }
    });
  }

  async get<T>(table: string, key: string): Promise<T | null> {
    const bytes = await this.#store.get(table, key);
    return bytes === null ? null : decodeRecord<T>(bytes);
  }

  async scan<T>(table: string, options?: ScanOptions): Promise<{ readonly key: string; readonly value: T }[]> {
    const rows: Row[] = await this.#store.scan(table, options);
    return rows.map(({ key, value }) => ({ key, value: decodeRecord<T>(value) }));
  }

  /** Waits for the work under way, then closes the store. */
  close(): Promise<void> {
    return this.#mutex.run(() => this.#store.close());
  }

  /** A group that was made in this piece of work. */
  adopt(group: Group): Group {
    this.#groups.set(toHex(group.groupId), group);
    return group;
  }

  async #stage(record: GroupRecord): Promise<void> {
    if (this.#work === null) throw new Error('a group changed outside a turn');
    await this.#work.stageGroup(record);
  }

  async #openGroup(id: string, work: Work): Promise<Group | null> {
    const known = this.#groups.get(id);
    if (known !== undefined) return known;
    const saved = await work.savedGroup(id);
    return saved === null ? null : this.adopt(Group.open({ groupId: fromHex(id), ...saved }, this.#env));
  }
}
