/** Where a device keeps its groups: the port through which new state reaches disk before any byte of it reaches the network (PROTOCOL 5). */

/**
 * One write. `ratchets` changes with every message, `handshake` (tree, keys of the epoch, pending Commit) only with Commits and
 * Proposals. Both contain secrets: the store encrypts them at rest.
 */
export interface GroupRecord {
  readonly groupId: Uint8Array;
  /** One more than that of the record it replaces; the first is 1. */
  readonly revision: number;
  /** Null: as in the record before. */
  readonly handshake: Uint8Array | null;
  readonly ratchets: Uint8Array;
}

export type SavedGroup = Omit<GroupRecord, 'handshake'> & { readonly handshake: Uint8Array };

export interface GroupStore {
  /**
   * Replaces the record of a group, all or nothing, durable when the promise resolves. It must reject when the stored revision is not
   * `revision - 1` (0: none stored): so two processes that opened the same state cannot both send from it. After a rejection the
   * group is opened again from what is stored. Revision 1 with a stored record replaces it (a new invitation or a resynchronisation).
   */
  save(record: GroupRecord): Promise<void>;
}
