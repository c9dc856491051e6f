/** One piece of work: reads see what it wrote, and the writes are committed together by the vault. */
import { toHex } from '@countersign/bytes';
import type { Group, GroupRecord, SavedGroup } from '@countersign/mls';
import { type ScanOptions, type Store, selectKeys, type Write } from '../port/store.ts';
import { decodeRecord, encodeRecord } from './record.ts';

const GROUPS = 'group';

export class Work {
  /** Ids of the groups whose state this work wrote. */
  readonly touchedGroups = new Set<string>();
  readonly #store: Store;
  readonly #openGroup: (id: string, work: Work) => Promise<Group | null>;
  readonly #writes = new Map<string, Write>();
  readonly #after: (() => void)[] = [];

  constructor(store: Store, openGroup: (id: string, work: Work) => Promise<Group | null>) {
    this.#store = store;
    this.#openGroup = openGroup;
  }

  get writes(): readonly Write[] {
    return [...this.#writes.values()];
  }

  /** Runs when this work is durable, never when it failed. */
  after(run: () => void): void {
    this.#after.push(run);
  }

  finish(): void {
    for (const run of this.#after) run();
  }

  /** The MLS state of a conversation, or null. */
  group(id: string): Promise<Group | null> {
    return this.#openGroup(id, this);
  }

  async get<T>(table: string, key: string): Promise<T | null> {
    const bytes = await this.#read(table, key);
    return bytes === null ? null : decodeRecord<T>(bytes);
  }

  put(table: string, key: string, value: unknown): void {
    this.#write(table, key, encodeRecord(value));
  }

  delete(table: string, key: string): void {
    this.#write(table, key, null);
  }

  async scan<T>(table: string, options: ScanOptions = {}): Promise<{ readonly key: string; readonly value: T }[]> {
    const rows = new Map((await this.#store.scan(table, options)).map(({ key, value }) => [key, value]));
    for (const write of this.#writes.values()) {
      if (write.table !== table) continue;
      if (write.value === null) rows.delete(write.key);
      else rows.set(write.key, write.value);
    }
    return selectKeys(rows.keys(), options).map((key) => ({ key, value: decodeRecord<T>(rows.get(key) as Uint8Array) }));
  }

  async stageGroup({ groupId, revision, handshake, ratchets }: GroupRecord): Promise<void> {
    const id = toHex(groupId);
    const stored = (await this.get<number>(GROUPS, `${id}/revision`)) ?? 0;
    if (revision !== 1 && revision !== stored + 1) throw new Error('group state written out of order');
    this.touchedGroups.add(id);
    this.put(GROUPS, `${id}/revision`, revision);
    if (handshake !== null) this.#write(GROUPS, `${id}/handshake`, handshake);
    this.#write(GROUPS, `${id}/ratchets`, ratchets);
  }

  async savedGroup(id: string): Promise<Omit<SavedGroup, 'groupId'> | null> {
    const revision = await this.get<number>(GROUPS, `${id}/revision`);
    const handshake = await this.#read(GROUPS, `${id}/handshake`);
    const ratchets = await this.#read(GROUPS, `${id}/ratchets`);
    return revision === null || handshake === null || ratchets === null ? null : { revision, handshake, ratchets };
  }

  async #read(table: string, key: string): Promise<Uint8Array | null> {
    const staged = this.#writes.get(`${table}\n${key}`);
    return staged === undefined ? this.#store.get(table, key) : staged.value;
  }

  #write(table: string, key: string, value: Uint8Array | null): void {
    this.#writes.set(`${table}\n${key}`, { table, key, value });
  }
}
