/** A message from the relay to its row: the recipient's checks of PROTOCOL 9 in their order, and what becomes of those that fail. */
import { Ac1Error, decode, encode, ensure, equal, toHex } from '@countersign/bytes';
import {
  CHAIN_START,
  type ChainState,
  decodeContent,
  deliveryCodec,
  envelopeCodec,
  grantCodec,
  grantId,
  openEnvelopeAsRecipient,
  type ParsedEnvelope,
  parseEnvelope,
  type RelayStamp,
  type Scope,
  verifyEnvelopeChain,
  verifyEnvelopeSignature,
} from '@countersign/custody';
import { MlsError, readMessageHeader } from '@countersign/mls';
import type { deliveryFrames } from '@countersign/wire';
import { verifyLogged } from '../network/logged.ts';
import { nowS } from '../port/clock.ts';
import {
  type ConversationRecord,
  type HeldRecord,
  type MessageRecord,
  type OpenedMls,
  type ScopeRecord,
  TABLES,
  type UnreadableReason,
} from '../store/tables.ts';
import type { Work } from '../store/work.ts';
import { applyContent, checkContent } from './apply-content.ts';
import { announce, type Context } from './context.ts';
import {
  blankMessage,
  type MessagePlace,
  messageKey,
  newConversation,
  nextOrder,
  readConversation,
  readPlace,
  writeConversation,
  writeMessage,
} from './conversations.ts';
import { checkGrant, checkGrantEntry, checkPromise, checkSender, checkStamp } from './custody-checks.ts';
import { dayRootOf } from './day-roots.ts';
import { fileReport } from './reports.ts';

/** Messages of one conversation that wait; beyond it the oldest stays unreadable for good. */
const HELD_MAX = 500;

/** Grants that the service showed, by grant_id in hex. */
export type ShownGrants = ReadonlyMap<string, deliveryFrames.GrantShown>;

/** A Delivery taken apart; nothing of it is proven. */
interface Parts {
  readonly envelopeBytes: Uint8Array;
  readonly envelope: ParsedEnvelope;
  readonly mlsMessage: Uint8Array;
  readonly groupId: Uint8Array;
}

/** The grant that a delivery names, for whoever fetches grants ahead; null when it does not decode. */
export function grantIdOf(delivery: Uint8Array): Uint8Array | null {
  try {
    return decode(deliveryCodec, delivery).envelope.hdr.grantId;
  } catch (error) {
    if (error instanceof Ac1Error) return null;
    throw error;
  }
}

/** Takes in one mailbox item of kind message. Throws an Ac1Error or MlsError only where it cannot tell which conversation it is for. */
export async function receiveMessage(
  ctx: Context,
  work: Work,
  item: deliveryFrames.MessageItem,
  grants: ShownGrants,
): Promise<void> {
  const parts = takeApart(item.delivery);
  const { hdr, envHash } = parts.envelope;
  const place = await readPlace(work, hdr.msgId);
  // The relay, or a line that broke, delivered it twice.
  if (place !== null && place.envHash !== null && equal(place.envHash, envHash)) return;
  const id = toHex(parts.groupId);
  const conversation = (await readConversation(work, id)) ?? lostConversation(ctx, work, id);
  const { delivery, stamp, batch } = item;
  const held: HeldRecord = {
    grantId: toHex(hdr.grantId),
    seq: hdr.seq,
    delivery,
    stamp,
    batch: batch === undefined ? null : { ...batch },
    mls: null,
    sinceMs: ctx.clock.nowMs(),
  };
  await new Reception(ctx, work, conversation, await nextOrder(work), held, parts).run(grants);
}

/** Tries those again that wait for an epoch. */
export async function retryHeld(ctx: Context, work: Work, conversation: ConversationRecord): Promise<void> {
  for (const { key, value } of await work.scan<HeldRecord>(TABLES.held, { prefix: `${conversation.id}/` })) {
    if (value.mls === null) await resume(ctx, work, conversation.id, key, value);
  }
}

/** Shows the gap before each message whose predecessor did not come in time, and then the message. */
export async function releaseOverdue(ctx: Context, work: Work, conversation: string): Promise<void> {
  const beforeMs = ctx.clock.nowMs() - 1000 * ctx.network().profile.checkpointMaxAgeS;
  for (const { key, value } of await work.scan<HeldRecord>(TABLES.held, { prefix: `${conversation}/` })) {
    if (value.mls === null || value.sinceMs > beforeMs) continue;
    // An earlier one of this loop may have brought it already.
    if ((await work.get(TABLES.held, key)) === null) continue;
    await showGap(ctx, work, conversation, value);
    await resume(ctx, work, conversation, key, value);
  }
}

async function resume(ctx: Context, work: Work, id: string, key: string, held: HeldRecord): Promise<void> {
  const conversation = (await readConversation(work, id)) as ConversationRecord;
  const order = key.slice(key.indexOf('/') + 1);
  await new Reception(ctx, work, conversation, order, held, takeApart(held.delivery)).run(new Map());
}

/** The chain goes on at the held message, whose own header says what came before. */
async function showGap(ctx: Context, work: Work, conversation: string, held: HeldRecord): Promise<void> {
  const { hdr } = takeApart(held.delivery).envelope;
  const chain = (await work.get<ChainState>(TABLES.chain, held.grantId)) ?? CHAIN_START;
  const missing = hdr.seq - 1 - chain.lastSeq;
  if (missing <= 0) return;
  work.put(TABLES.chain, held.grantId, { lastSeq: hdr.seq - 1, lastHash: hdr.prev });
  const message = blankMessage({
    conversation,
    order: await nextOrder(work),
    state: 'gap',
    receivedMs: ctx.clock.nowMs(),
    body: { kind: 'gap', missing },
  });
  writeMessage(work, message, null);
  announce(ctx, work, { type: 'gap', message });
  const scope = await work.get<ScopeRecord>(TABLES.scope, held.grantId);
  if (scope !== null)
    await fileReport(ctx, work, { code: 'envelope.seq_invalid', grant: scope.grant, envelope: new Uint8Array(0) });
}

function takeApart(delivery: Uint8Array): Parts {
  const { envelope, mlsMessage } = decode(deliveryCodec, delivery);
  const envelopeBytes = encode(envelopeCodec, envelope);
  const { groupId } = readMessageHeader(mlsMessage);
  return { envelopeBytes, envelope: parseEnvelope(envelopeBytes), mlsMessage, groupId };
}

/** A group that the relay delivers for and this device does not know: its state was lost. */
export function lostConversation(ctx: Context, work: Work, id: string): ConversationRecord {
  const conversation = newConversation({ id, kind: 'group', status: 'resync', adminsGuessed: true }, null, ctx.clock.nowMs());
  writeConversation(work, conversation);
  work.after(() => ctx.poke(id));
  return conversation;
}

/** The steps of one message. */
class Reception {
  readonly #ctx: Context;
  readonly #work: Work;
  readonly #conversation: ConversationRecord;
  readonly #order: string;
  readonly #parts: Parts;
  #held: HeldRecord;

  constructor(ctx: Context, work: Work, conversation: ConversationRecord, order: string, held: HeldRecord, parts: Parts) {
    this.#ctx = ctx;
    this.#work = work;
    this.#conversation = conversation;
    this.#order = order;
    this.#held = held;
    this.#parts = parts;
  }

  async run(grants: ShownGrants): Promise<void> {
    let grant: Uint8Array | null = null;
    try {
      const scope = await this.#scope(grants);
      grant = scope.grant;
      await this.#open(scope);
    } catch (error) {
      if (error instanceof MlsError) return this.#hold(reasonOf(error));
      if (error instanceof Ac1Error) return this.#refuse(error.code, grant);
      throw error;
    }
  }

  /** The grant that the header names, with the relay's entry for it. */
  async #scope(grants: ShownGrants): Promise<ScopeRecord> {
    const id = this.#held.grantId;
    const known = await this.#work.get<ScopeRecord>(TABLES.scope, id);
    if (known !== null) return known;
    const shown = grants.get(id);
    ensure(shown !== undefined, 'grant.not_logged');
    const grant = checkGrantEntry(shown, this.#ctx.network());
    ensure(toHex(grantId(grant)) === id, 'envelope.grant_mismatch');
    const record: ScopeRecord = {
      grant: shown.grant,
      day: grant.head.scope.day,
      K: null,
      envSigKey: null,
      refused: null,
      dueMs: this.#dueOf(shown),
    };
    this.#work.put(TABLES.scope, id, record);
    return record;
  }

  /** Null when the grant is proven to be logged; otherwise when the proof is due (PROTOCOL 7). */
  #dueOf(shown: deliveryFrames.GrantShown): number | null {
    const { clock } = this.#ctx;
    return isGrantLogged(this.#ctx, shown) ? null : clock.nowMs() + 1000 * this.#ctx.network().profile.checkpointMaxAgeS;
  }

  async #open(record: ScopeRecord): Promise<void> {
    const { envelope, envelopeBytes } = this.#parts;
    const network = this.#ctx.network();
    const { scope } = decode(grantCodec, record.grant).head;
    const stamp = checkStamp(this.#held.stamp, envelope.envHash, scope, network);
    if (this.#held.batch !== null) checkPromise(this.#held.batch, stamp, network);
    const mls = await this.#decrypt();
    const cert = checkSender(scope, mls, this.#parts.groupId, network);
    ensure(network.isValid(cert, stamp.recvMs / 1000n), 'cert.invalid');
    const K = await this.#key(record, scope, mls);
    const chain = (await this.#work.get<ChainState>(TABLES.chain, this.#held.grantId)) ?? CHAIN_START;
    if (envelope.hdr.seq > chain.lastSeq + 1) return this.#await();
    const place = await readPlace(this.#work, envelope.hdr.msgId);
    const isSeen = () => place !== null && place.order !== this.#order;
    const opened = openEnvelopeAsRecipient(
      envelopeBytes,
      { grantId: envelope.hdr.grantId, envSigKey: cert.envSigKey, K, chain, isSeen },
      mls,
    );
    await this.#show(opened.content, stamp, toHex(cert.accountId), toHex(cert.deviceId));
    this.#work.put(TABLES.chain, this.#held.grantId, opened.next);
    this.#settle();
    await this.#continue();
  }

  /** What MLS gives can be had once, so it is kept with the message until it is shown. */
  async #decrypt(): Promise<OpenedMls> {
    if (this.#held.mls !== null) return this.#held.mls;
    const group = await this.#work.group(this.#conversation.id);
    if (group === null) throw new MlsError('commit_pending');
    const { plaintext, authenticatedData, epoch, sender } = await group.decrypt(this.#parts.mlsMessage);
    const { identity, leafIndex } = sender;
    const mls = { payload: plaintext, authenticatedData, identity, leaf: leafIndex, epoch };
    this.#held = { ...this.#held, mls };
    return mls;
  }

  /** K of the scope, from the store or by the checks of PROTOCOL 7; a grant that failed once stays refused. */
  async #key(record: ScopeRecord, scope: Scope, mls: OpenedMls): Promise<Uint8Array> {
    if (record.refused !== null) throw new Ac1Error(record.refused as Ac1Error['code']);
    if (record.K !== null) return record.K;
    const network = this.#ctx.network();
    const { custodyKeyId, day } = scope;
    const at = { conversation: this.#conversation.id, epoch: mls.epoch, custodyKeyId, day };
    const root = await dayRootOf(this.#work, at, network.profile.dayZero);
    const cert = network.verifyCert(mls.identity);
    // Without the root, whether because the day is erased or because no such key exists, nothing can be compared.
    if (root === null) throw new MlsError('epoch_passed');
    try {
      const K = checkGrant(record.grant, cert, root, network);
      this.#work.put(TABLES.scope, this.#held.grantId, { ...record, K, envSigKey: cert.envSigKey });
      return K;
    } catch (error) {
      if (error instanceof Ac1Error) this.#work.put(TABLES.scope, this.#held.grantId, { ...record, refused: error.code });
      throw error;
    }
  }

  async #show(contentBytes: Uint8Array, stamp: RelayStamp, account: string, device: string): Promise<void> {
    const { hdr, envHash } = this.#parts.envelope;
    const row: MessageRecord = this.#row({
      state: 'received',
      account,
      device,
      own: account === toHex(this.#ctx.device().accountId),
      sentMs: Number(hdr.sentMs),
      receivedMs: Number(stamp.recvMs),
    });
    try {
      const content = decodeContent(contentBytes);
      await checkContent(this.#ctx, this.#work, this.#conversation, account, content);
      await applyContent(this.#ctx, this.#work, { row, envHash }, content);
    } catch (error) {
      // A type of a later version is shown as such, never dropped (PROTOCOL 15).
      if (!(error instanceof Ac1Error) || error.code !== 'decode.enum') throw error;
      this.#write({ ...row, state: 'unsupported' });
    }
  }

  /** A message whose predecessor has not come: it is not shown, and waits with what MLS gave. */
  async #await(): Promise<void> {
    await this.#keep();
    const { hdr, envHash } = this.#parts.envelope;
    const place: MessagePlace = { conversation: this.#conversation.id, order: this.#order, account: null, envHash };
    this.#work.put(TABLES.messageId, toHex(hdr.msgId), place);
  }

  async #hold(reason: UnreadableReason): Promise<void> {
    await this.#keep();
    this.#write(this.#row({ state: 'unreadable', reason, receivedMs: this.#ctx.clock.nowMs() }));
  }

  async #keep(): Promise<void> {
    const prefix = `${this.#conversation.id}/`;
    const waiting = await this.#work.scan<HeldRecord>(TABLES.held, { prefix });
    const key = messageKey(this.#conversation.id, this.#order);
    if (waiting.length >= HELD_MAX && waiting[0] !== undefined) this.#work.delete(TABLES.held, waiting[0].key);
    this.#work.put(TABLES.held, key, this.#held);
    if (this.#held.mls === null) this.#work.after(() => this.#ctx.poke(this.#conversation.id));
  }

  /** The message is not displayed; its fault is, and is reported (PROTOCOL 9). The chain goes on behind what its sender signed. */
  async #refuse(code: Ac1Error['code'], grant: Uint8Array | null): Promise<void> {
    const { envelope, envelopeBytes } = this.#parts;
    const scope = await this.#work.get<ScopeRecord>(TABLES.scope, this.#held.grantId);
    const chain = (await this.#work.get<ChainState>(TABLES.chain, this.#held.grantId)) ?? CHAIN_START;
    const next = this.#nextInChain(envelope, scope, chain);
    if (next !== null) this.#work.put(TABLES.chain, this.#held.grantId, next);
    const place = await readPlace(this.#work, envelope.hdr.msgId);
    const isReplay = place !== null && place.order !== this.#order;
    const message = this.#row({ state: 'refused', code, receivedMs: this.#ctx.clock.nowMs(), ...(isReplay ? { id: '' } : {}) });
    writeMessage(this.#work, message, isReplay ? null : envelope.envHash);
    announce(this.#ctx, this.#work, { type: 'refused', message });
    this.#settle();
    if (grant !== null) await fileReport(this.#ctx, this.#work, { code, grant, envelope: envelopeBytes });
    if (next !== null) await this.#continue();
  }

  #nextInChain(envelope: ParsedEnvelope, scope: ScopeRecord | null, chain: ChainState): ChainState | null {
    if (scope === null || scope.envSigKey === null) return null;
    try {
      verifyEnvelopeSignature(envelope, scope.envSigKey);
      return verifyEnvelopeChain(envelope, { chain, isSeen: () => false });
    } catch (error) {
      if (error instanceof Ac1Error) return null;
      throw error;
    }
  }

  /** The successor of this message may have been waiting for it. */
  async #continue(): Promise<void> {
    const prefix = `${this.#conversation.id}/`;
    const { grantId: id, seq } = this.#held;
    for (const { key, value } of await this.#work.scan<HeldRecord>(TABLES.held, { prefix })) {
      if (value.grantId === id && value.seq === seq + 1 && value.mls !== null) {
        await resume(this.#ctx, this.#work, this.#conversation.id, key, value);
        return;
      }
    }
  }

  #settle(): void {
    this.#work.delete(TABLES.held, messageKey(this.#conversation.id, this.#order));
  }

  #row(fields: Pick<MessageRecord, 'state'> & Partial<MessageRecord>): MessageRecord {
    const { hdr } = this.#parts.envelope;
    const id = toHex(hdr.msgId);
    return blankMessage({ id, conversation: this.#conversation.id, order: this.#order, sentMs: Number(hdr.sentMs), ...fields });
  }

  #write(message: MessageRecord): void {
    writeMessage(this.#work, message, this.#parts.envelope.envHash);
    announce(this.#ctx, this.#work, { type: 'message', message, isNew: true });
  }
}

/** Which of the four words a member is shown. */
function reasonOf({ code }: MlsError): UnreadableReason {
  if (code === 'epoch_ahead' || code === 'commit_pending') return 'waiting';
  if (code === 'before_join') return 'before_joined';
  return code === 'not_member' || code === 'sender_unknown' ? 'not_member' : 'damaged';
}

/** Whether the service showed a fresh, witnessed checkpoint with the grant under it. */
export function isGrantLogged(ctx: Context, shown: deliveryFrames.GrantShown): boolean {
  if (shown.checkpoint.length === 0) return false;
  const network = ctx.network();
  try {
    verifyLogged(shown, network.profile, nowS(ctx.clock), network.facts.seen);
    return true;
  } catch (error) {
    if (error instanceof Ac1Error) return false;
    throw error;
  }
}
