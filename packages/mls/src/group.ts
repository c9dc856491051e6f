/**
 * One group on one device. Operations run one at a time, and each persists the new state before it returns a byte that leaves the
 * device (PROTOCOL 5): nothing is ever sent twice from one state, whatever crashes.
 */
import { wipe } from '@countersign/bytes';
import { createGroup } from 'ts-mls';
import { openMessage, type ReceivedMessage, type SentMessage, sealMessage } from './application.ts';
import type { CustodyRoot } from './custody-root.ts';
import { clientConfig, enterEpoch, pendingSecrets, type Step } from './epoch.ts';
import { ensureMls } from './error.ts';
import {
  asPending,
  type CommitFrame,
  type CommitOptions,
  createCommit,
  createLeave,
  type Environment,
  frameOf,
  groupInfoOf,
  type HandshakeResult,
  leavingOf,
  processHandshake,
} from './handshake.ts';
import { createResync, joinByWelcome } from './join.ts';
import type { OwnKeyPackage } from './key-package.ts';
import { encodePublicMessage } from './message.ts';
import { Mutex } from './mutex.ts';
import { deriveRoster, type GroupRoster } from './roster.ts';
import { decodeGroupState, encodeHandshakeState, encodeRatchets, type GroupState } from './state.ts';
import type { GroupStore, SavedGroup } from './store.ts';

export interface GroupEnvironment extends Environment {
  readonly store: GroupStore;
}

const BEFORE: GroupState = { current: null, pending: null, joinedAt: 0n, custodyRoots: [] };

export class Group {
  readonly groupId: Uint8Array;
  readonly #env: GroupEnvironment;
  readonly #mutex = new Mutex();
  #state: GroupState;
  #revision: number;

  private constructor(groupId: Uint8Array, env: GroupEnvironment, state: GroupState, revision: number) {
    this.groupId = groupId;
    this.#env = env;
    this.#state = state;
    this.#revision = revision;
  }

  /** A new group of this device alone; `groupInfo` goes to the relay. `groupId` is 16 random bytes (PROTOCOL 5). */
  static async create(
    groupId: Uint8Array,
    own: OwnKeyPackage,
    env: GroupEnvironment,
  ): Promise<{ group: Group; groupInfo: Uint8Array }> {
    const { suite, rules } = env;
    const client = await createGroup(groupId, own.publicPackage, own.privatePackage, [], suite, clientConfig(rules));
    const step = await enterEpoch(BEFORE, client, env.custodyContexts(), suite);
    const groupInfo = await groupInfoOf(client, suite);
    return { group: await Group.#first(groupId, step, env), groupInfo };
  }

  /** The group that a Welcome invites to. The key package must be erased afterwards: its init key joins once. */
  static async join(welcome: Uint8Array, own: OwnKeyPackage, env: GroupEnvironment): Promise<Group> {
    const { suite, rules } = env;
    const client = await joinByWelcome(welcome, own, clientConfig(rules), rules, suite);
    const { groupId, epoch } = client.groupContext;
    const step = await enterEpoch({ ...BEFORE, joinedAt: epoch }, client, env.custodyContexts(), suite);
    return Group.#first(groupId, step, env);
  }

  /**
   * For a device that lost its state but is still a member: an external commit that replaces its leaf. The group can be used once
   * `process` has seen the Commit come back from the relay; if another one won, call this again with the next GroupInfo.
   */
  static async resync(
    groupInfo: Uint8Array,
    own: OwnKeyPackage,
    env: GroupEnvironment,
  ): Promise<{ group: Group; frame: CommitFrame }> {
    const step = await resyncStep(BEFORE, groupInfo, own, env);
    const { groupId } = (step.state.pending as NonNullable<GroupState['pending']>).state.groupContext;
    return { group: await Group.#first(groupId, step, env), frame: step.result };
  }

  /** A group as it was stored. */
  static open(saved: SavedGroup, env: GroupEnvironment): Group {
    const state = decodeGroupState(saved.handshake, saved.ratchets, clientConfig(env.rules));
    return new Group(saved.groupId, env, state, saved.revision);
  }

  static async #first(groupId: Uint8Array, step: Step<unknown>, env: GroupEnvironment): Promise<Group> {
    const group = new Group(groupId, env, step.state, 0);
    await group.#persist(step, true);
    return group;
  }

  /** Null while a resynchronisation from nothing waits. */
  get epoch(): bigint | null {
    return this.#state.current?.groupContext.epoch ?? null;
  }

  /** This device's leaf; null when it is no member (any more). */
  get ownLeaf(): number | null {
    const { current } = this.#state;
    return current?.groupActiveState.kind === 'active' ? current.privatePath.leafIndex : null;
  }

  /** The members of the current epoch, to be compared with the logged Roster; `commit_pending` while there is no current epoch. */
  roster(): GroupRoster {
    const { current } = this.#state;
    ensureMls(current !== null, 'commit_pending');
    return deriveRoster(current.groupContext, current.ratchetTree);
  }

  /** Leaves that were announced in this epoch and wait for a Commit. */
  leaving(): readonly number[] {
    const { current } = this.#state;
    return current === null ? [] : [...leavingOf(current).values()];
  }

  /** The own Commit that waits for the relay's word, to be sent again after a restart. */
  pendingCommit(): CommitFrame | null {
    const { pending } = this.#state;
    return pending === null ? null : frameOf(pending);
  }

  /** Custody roots not yet erased, of the last four epochs (PROTOCOL 5). */
  custodyRoots(): readonly CustodyRoot[] {
    return this.#state.custodyRoots;
  }

  /** An application message. `commit_first` when an announced leave waits. */
  encrypt(plaintext: Uint8Array, authenticatedData: Uint8Array): Promise<SentMessage> {
    return this.#run((state) => sealMessage(state, plaintext, authenticatedData, this.#env.suite), false);
  }

  /** A received application message, which can be opened once. */
  decrypt(message: Uint8Array): Promise<ReceivedMessage> {
    return this.#run((state) => openMessage(state, message, this.#env.suite), false);
  }

  /** A Commit: adds, removes, or a key update when neither is given. It takes effect when `process` sees it come back. */
  commit(options: CommitOptions): Promise<CommitFrame> {
    return this.#run((state) => createCommit(state, options, this.#env), true);
  }

  /** Announces that this device leaves; another member's next Commit removes it. */
  leave(): Promise<Uint8Array> {
    return this.#run((state) => createLeave(state, this.#env.suite), true);
  }

  /** The next Commit or Proposal in the relay's order. A foreign Commit ends a pending own one, which the caller then makes anew. */
  process(message: Uint8Array): Promise<HandshakeResult> {
    return this.#run((state) => processHandshake(state, message, this.#env), true);
  }

  /** As `Group.resync`, for a device whose state no longer follows the group; what it can still read stays readable. */
  resync(groupInfo: Uint8Array, own: OwnKeyPackage): Promise<CommitFrame> {
    return this.#run((state) => resyncStep(state, groupInfo, own, this.#env), true);
  }

  /** Gives up the own pending Commit, which the relay refused. */
  abandonCommit(): Promise<void> {
    return this.#run(async (state) => {
      const consumed = state.pending === null ? [] : pendingSecrets(state.pending);
      return { state: { ...state, pending: null }, result: undefined, consumed };
    }, true);
  }

  /** Erases the custody roots of `epoch`, once their day roots are derived and stored (PROTOCOL 6). */
  eraseCustodyRoots(epoch: bigint): Promise<void> {
    return this.#run(async (state) => {
      const custodyRoots = state.custodyRoots.filter((root) => root.epoch !== epoch);
      const erased = state.custodyRoots.filter((root) => root.epoch === epoch).map((root) => root.root);
      return { state: { ...state, custodyRoots }, result: undefined, consumed: erased };
    }, true);
  }

  #run<T>(work: (state: GroupState) => Promise<Step<T>>, changesHandshake: boolean): Promise<T> {
    return this.#mutex.run(async () => {
      const step = await work(this.#state);
      await this.#persist(step, changesHandshake);
      return step.result;
    });
  }

  async #persist(step: Step<unknown>, changesHandshake: boolean): Promise<void> {
    const revision = this.#revision + 1;
    await this.#env.store.save({
      groupId: this.groupId,
      revision,
      handshake: changesHandshake ? encodeHandshakeState(step.state) : null,
      ratchets: encodeRatchets(step.state),
    });
    this.#state = step.state;
    this.#revision = revision;
    wipe(...step.consumed);
  }
}

async function resyncStep(
  state: GroupState,
  groupInfo: Uint8Array,
  own: OwnKeyPackage,
  env: Environment,
): Promise<Step<CommitFrame>> {
  const { rules, suite } = env;
  const { state: client, message } = await createResync(groupInfo, own, clientConfig(rules), rules, suite);
  const pending = {
    commit: encodePublicMessage(message),
    welcome: new Uint8Array(0),
    groupInfo: await groupInfoOf(client, suite),
    state: asPending(client),
  };
  const joinedAt = state.current === null ? client.groupContext.epoch : state.joinedAt;
  return { state: { ...state, joinedAt, pending }, result: frameOf(pending), consumed: [] };
}
