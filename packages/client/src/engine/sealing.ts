/** From a waiting content to the bytes for the relay: scope, grant, envelope and MLS message, in one stored step (PROTOCOL 6, 7, 9). */
import { Ac1Error, concat, encode, ensure, equal, toHex, u16 } from '@countersign/bytes';
import { CHAIN_START, createGrant, dayOf, grantCodec, type Scope, sealEnvelope } from '@countersign/custody';
import type { Group } from '@countersign/mls';
import { nowS } from '../port/clock.ts';
import type { ConversationRecord, OutboxRecord, SealedRecord, SendingScope } from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import type { Context } from './context.ts';
import { dayRootOf } from './day-roots.ts';

/** A scope as its sender has it. */
interface OpenScope {
  readonly sending: SendingScope;
  readonly grant: Uint8Array;
  readonly K: Uint8Array;
}

/**
 * Seals in the scope of this moment. `mls.epoch_too_old` when the epoch has no root for today's custody key (a Commit must come
 * first), `custody_key.invalid` while that key is not proven; an MlsError `commit_first` when somebody leaves.
 */
export async function seal(
  ctx: Context,
  work: Work,
  conversation: ConversationRecord,
  group: Group,
  item: OutboxRecord,
): Promise<SealedRecord> {
  const { sending, grant, K } = await openScope(ctx, work, conversation, group);
  const { msgId, content, sentMs } = item;
  const { envSeed } = ctx.device();
  const input = { msgId, content, grantId: sending.grantId, sentMs: BigInt(sentMs) };
  const sealed = sealEnvelope(input, sending.chain, { K, envSigSeed: envSeed }, ctx.random);
  const { message } = await group.encrypt(sealed.mlsPayload, sealed.envHash);
  // Delivery (PROTOCOL 9): the envelope, then the MLS message with its length.
  const delivery = concat(sealed.bytes, u16(message.length), message);
  return { delivery, grant, envHash: sealed.envHash, scope: { ...sending, chain: sealed.chain } };
}

/** The grant of this epoch and day, which names the slot that a report is about; null where there is no root for it. */
export async function grantForReport(
  ctx: Context,
  work: Work,
  conversation: ConversationRecord,
  group: Group,
): Promise<Uint8Array | null> {
  try {
    return (await openScope(ctx, work, conversation, group)).grant;
  } catch (error) {
    if (error instanceof Ac1Error) return null;
    throw error;
  }
}

/** The scope of now, with the chain of the one in use if it is still the same. */
async function openScope(ctx: Context, work: Work, conversation: ConversationRecord, group: Group): Promise<OpenScope> {
  const network = ctx.network();
  const day = dayOf(nowS(ctx.clock));
  const { custodyKeyId, Y } = network.sealingKey(day);
  const { epoch, ownLeaf } = group;
  ensure(epoch !== null && ownLeaf !== null, 'relay.device_mismatch');
  const root = await dayRootOf(work, { conversation: conversation.id, epoch, custodyKeyId, day }, network.profile.dayZero);
  ensure(root !== null, 'mls.epoch_too_old');
  const { networkId } = network.profile;
  const { deviceId, envSeed } = ctx.device();
  const scope: Scope = { networkId, custodyKeyId, groupId: group.groupId, epoch, leafIndex: ownLeaf, deviceId, day };
  const { grant, grantId, K } = scopeCache.get(ctx, scope, () => createGrant(scope, Y, { dayRoot: root, envSigSeed: envSeed }));
  const used = conversation.sending;
  const chain = used !== null && equal(used.grantId, grantId) ? used.chain : CHAIN_START;
  return { sending: { grantId, epoch, day, custodyKeyId, chain }, grant: encode(grantCodec, grant), K };
}

type Created = ReturnType<typeof createGrant>;

/** Grants of scopes in use: the same inputs give the same grant, which costs some milliseconds. Cleared when the engine is. */
class ScopeCache {
  readonly #byContext = new WeakMap<Context, Map<string, { readonly key: string; readonly created: Created }>>();

  get(ctx: Context, scope: Scope, make: () => Created): Created {
    let scopes = this.#byContext.get(ctx);
    if (scopes === undefined) {
      scopes = new Map();
      this.#byContext.set(ctx, scopes);
    }
    const conversation = toHex(scope.groupId);
    const key = `${scope.epoch} ${scope.day} ${scope.leafIndex} ${toHex(scope.custodyKeyId)}`;
    const known = scopes.get(conversation);
    if (known?.key === key) return known.created;
    const created = make();
    scopes.set(conversation, { key, created });
    return created;
  }
}

const scopeCache = new ScopeCache();
