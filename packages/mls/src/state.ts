/** The state of one group on one device, and its two encodings for the store: what Commits change, and the message ratchets. */
import {
  concat,
  decode,
  encode,
  fixed,
  type Infer,
  list,
  map,
  opaque,
  struct,
  u32,
  u64,
  uint8,
  uint32,
  uint64,
} from '@countersign/bytes';
import {
  type ClientState,
  decodeGroupState as decodeMlsState,
  encodeGroupState as encodeMlsState,
  type SecretTree,
} from 'ts-mls';
import type { ClientConfig } from 'ts-mls/clientConfig.js';
import type { EpochReceiverData } from 'ts-mls/epochReceiverData.js';
import type { RatchetTree } from 'ts-mls/ratchetTree.js';
import { allSecretTreeValues, type GenerationSecret, type SecretTreeNode } from 'ts-mls/secretTree.js';
import { leafToNodeIndex, leafWidth, toLeafIndex } from 'ts-mls/treemath.js';
import type { CustodyRoot } from './custody-root.ts';
import { leafAt } from './tree.ts';

/** A Commit of this device that the relay has not yet ordered: what it sends, and the epoch it opens if it wins. */
export interface PendingCommit {
  readonly commit: Uint8Array;
  /** Empty when nobody was added. */
  readonly welcome: Uint8Array;
  readonly groupInfo: Uint8Array;
  readonly state: ClientState;
}

export interface GroupState {
  /** Null only while a device that lost its state waits for its external commit to be ordered. */
  readonly current: ClientState | null;
  readonly pending: PendingCommit | null;
  /** The first epoch that this device could read. */
  readonly joinedAt: bigint;
  readonly custodyRoots: readonly CustodyRoot[];
}

const NO_SECRET: GenerationSecret = { secret: new Uint8Array(0), generation: 0, unusedGenerations: {} };
const NO_NODE: SecretTreeNode = { handshake: NO_SECRET, application: NO_SECRET };

/**
 * The secret tree with nothing but the application ratchets of members: handshake messages are public in this profile, and inner
 * nodes have no use once the leaves are derived. What is dropped is wiped.
 */
export function pruneSecretTree(secrets: SecretTree, tree: RatchetTree): SecretTree {
  return secrets.map((node, index) => {
    const kept = index % 2 === 0 && leafAt(tree, index / 2) !== null;
    for (const dropped of kept ? [node.handshake] : [node.handshake, node.application]) dropped.secret.fill(0);
    return kept ? { handshake: NO_SECRET, application: node.application } : NO_NODE;
  });
}

/** The secrets of an epoch's ratchets, to be wiped when the epoch is dropped. */
export function ratchetSecrets(secrets: SecretTree): Uint8Array[] {
  return allSecretTreeValues(secrets).filter((value) => value !== undefined);
}

const skipped = struct({ generation: uint32, secret: fixed(32) });
const ratchet = struct({ leafIndex: uint32, generation: uint32, secret: fixed(32), skipped: list(skipped, 0, 2 ** 16 - 1) });
const epochRatchets = struct({ epoch: uint64, ratchets: list(ratchet, 0, 2 ** 24 - 1) });
const ratchetsOfGroup = list(epochRatchets, 0, 2 ** 32 - 1);

const custodyRoot = struct({ epoch: uint64, context: opaque(0, 255), root: fixed(32) });
const pendingCommit = struct({
  commit: opaque(1, 2 ** 32 - 1),
  welcome: opaque(0, 2 ** 32 - 1),
  groupInfo: opaque(1, 2 ** 32 - 1),
  state: opaque(1, 2 ** 32 - 1),
});
const handshakeOfGroup = struct({
  format: map(
    uint8,
    () => 1 as const,
    () => 1,
  ),
  current: list(opaque(0, 2 ** 32 - 1), 0, 2 ** 32 - 1),
  pending: list(pendingCommit, 0, 2 ** 32 - 1),
  joinedAt: uint64,
  custodyRoots: list(custodyRoot, 0, 2 ** 16 - 1),
});

/** Everything but the ratchets. */
export function encodeHandshakeState(state: GroupState): Uint8Array {
  const { current, pending, joinedAt, custodyRoots } = state;
  return encode(handshakeOfGroup, {
    format: 1,
    current: current === null ? [] : [encodeWithoutRatchets(current)],
    pending: pending === null ? [] : [{ ...pending, state: encodeWithoutRatchets(pending.state) }],
    joinedAt,
    custodyRoots: [...custodyRoots],
  });
}

function encodeWithoutRatchets(state: ClientState): Uint8Array {
  const history = new Map<bigint, EpochReceiverData>();
  for (const [epoch, data] of state.historicalReceiverData) history.set(epoch, { ...data, secretTree: [] });
  return encodeMlsState({ ...state, secretTree: [], historicalReceiverData: history });
}

/** The application ratchets of every kept epoch and of a pending one. Cheap for each message: what did not change is not encoded again. */
export function encodeRatchets(state: GroupState): Uint8Array {
  const epochs: Uint8Array[] = [];
  for (const client of [state.current, state.pending?.state ?? null]) {
    if (client === null) continue;
    for (const [epoch, data] of client.historicalReceiverData) epochs.push(encodeEpoch(epoch, data.secretTree));
    epochs.push(encodeEpoch(client.groupContext.epoch, client.secretTree));
  }
  const body = concat(...epochs);
  return concat(u32(body.length), body);
}

const encodedTrees = new WeakMap<SecretTree, Uint8Array>();
const encodedNodes = new WeakMap<SecretTreeNode, Uint8Array>();

function encodeEpoch(epoch: bigint, secrets: SecretTree): Uint8Array {
  const known = encodedTrees.get(secrets);
  if (known !== undefined) return known;
  const parts: Uint8Array[] = [];
  let length = 0;
  for (let index = 0; index < secrets.length; index += 2) {
    const node = secrets[index] as SecretTreeNode;
    if (node === NO_NODE) continue;
    const part = encodeNode(node, index / 2);
    parts.push(part);
    length += part.length;
  }
  const prefix = u32(length).subarray(1);
  const bytes = concat(u64(epoch), prefix, ...parts);
  encodedTrees.set(secrets, bytes);
  return bytes;
}

function encodeNode(node: SecretTreeNode, leafIndex: number): Uint8Array {
  const known = encodedNodes.get(node);
  if (known !== undefined) return known;
  const { generation, secret, unusedGenerations } = node.application;
  const kept = Object.entries(unusedGenerations).map(([number, value]) => ({ generation: Number(number), secret: value }));
  const bytes = encode(ratchet, { leafIndex, generation, secret, skipped: kept });
  encodedNodes.set(node, bytes);
  return bytes;
}

/** The state of a stored group; `config` is not part of it. Damaged storage is an Ac1Error or a RangeError. */
export function decodeGroupState(handshake: Uint8Array, ratchets: Uint8Array, config: ClientConfig): GroupState {
  const stored = decode(handshakeOfGroup, Uint8Array.from(handshake));
  const epochs = new Map<bigint, Infer<typeof ratchet>[]>();
  for (const { epoch, ratchets: ofEpoch } of decode(ratchetsOfGroup, Uint8Array.from(ratchets))) epochs.set(epoch, ofEpoch);
  const client = (bytes: Uint8Array) => decodeClientState(bytes, epochs, config);
  const [current] = stored.current;
  const [pending] = stored.pending;
  return {
    current: current === undefined ? null : client(current),
    pending: pending === undefined ? null : { ...pending, state: client(pending.state) },
    joinedAt: stored.joinedAt,
    custodyRoots: stored.custodyRoots,
  };
}

type EpochRatchets = ReadonlyMap<bigint, readonly Infer<typeof ratchet>[]>;

function decodeClientState(bytes: Uint8Array, epochs: EpochRatchets, config: ClientConfig): ClientState {
  const decoded = decodeMlsState(bytes, 0);
  if (decoded === undefined || decoded[1] !== bytes.length) throw new RangeError('damaged group state');
  const [state] = decoded;
  const history = new Map<bigint, EpochReceiverData>();
  for (const [epoch, data] of state.historicalReceiverData)
    history.set(epoch, { ...data, secretTree: rebuildSecretTree(epochs.get(epoch) ?? [], data.ratchetTree) });
  return {
    ...state,
    clientConfig: config,
    historicalReceiverData: history,
    secretTree: rebuildSecretTree(epochs.get(state.groupContext.epoch) ?? [], state.ratchetTree),
  };
}

function rebuildSecretTree(ratchets: readonly Infer<typeof ratchet>[], tree: RatchetTree): SecretTree {
  if (ratchets.length === 0) return [];
  const secrets: SecretTree = Array.from({ length: 2 * leafWidth(tree.length) - 1 }, () => NO_NODE);
  for (const { leafIndex, generation, secret, skipped: kept } of ratchets) {
    const unusedGenerations = Object.fromEntries(kept.map((one) => [one.generation, one.secret]));
    const application = { generation, secret, unusedGenerations };
    secrets[leafToNodeIndex(toLeafIndex(leafIndex))] = { handshake: NO_SECRET, application };
  }
  return secrets;
}
