/** The messages of an evidence file: by the device that they name, each in its place, as it was sent and when the relay took it (PROTOCOL 9, 14). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import { crypto, isLabelledSignature } from '@countersign/crypto';
import {
  CHAIN_START,
  type ChainState,
  deriveEnvHash,
  EntryType,
  type EvidenceItem,
  envelopeBatchCodec,
  envelopeHeaderCodec,
  type Hash,
  type NetworkProfile,
  type Order,
  OrderMode,
  openEnvelopeAsReader,
  parseEnvelope,
  type SigKey,
  verifyBatchList,
  verifyRelayStamp,
} from '@countersign/custody';
import type { ExhibitLog } from './exhibit-log.ts';
import { placeOf } from './layout.ts';
import type { EvidenceEnvelope, EvidenceParts, WithheldEnvelope } from './parts.ts';
import type { ProvenGrant } from './verify-grants.ts';

/** A message that the evidence proves. */
export interface EvidenceMessage {
  readonly msgId: Uint8Array;
  readonly grantId: Hash;
  /** 1, 2, ... of the grant. */
  readonly seq: number;
  readonly deviceId: Uint8Array;
  readonly groupId: Uint8Array;
  readonly epoch: bigint;
  /** By the sender's clock and by the relay's, unix milliseconds. */
  readonly sentMs: bigint;
  readonly recvMs: bigint;
  /** Log index of the batch that lists it. */
  readonly stampIndex: bigint;
  /** The encoded Content, unpadded. */
  readonly content: Uint8Array;
}

/** A message that is there but not handed out. */
export interface WithheldMessage {
  readonly msgId: Uint8Array;
  readonly grantId: Hash;
  readonly seq: number;
}

/** Messages fromSeq to toSeq of a grant are not in the file, though a later one is. */
export interface EvidenceGap {
  readonly grantId: Hash;
  readonly fromSeq: number;
  readonly toSeq: number;
}

export interface ProvenMessages {
  readonly messages: readonly EvidenceMessage[];
  readonly withheld: readonly WithheldMessage[];
  readonly gaps: readonly EvidenceGap[];
}

type Link =
  | { readonly seq: number; readonly full: EvidenceEnvelope }
  | { readonly seq: number; readonly withheld: WithheldEnvelope };

export interface MessageContext {
  readonly log: ExhibitLog;
  readonly profile: NetworkProfile;
  readonly order: Order;
  readonly items: ReadonlyMap<string, EvidenceItem>;
  readonly batches: EvidenceParts['batches'];
  /** Ids in the whole file. */
  readonly seen: Set<string>;
}

/** Every envelope of one grant, ascending; `links` are those in the file. */
export function verifyGrantMessages(grant: ProvenGrant, links: readonly Link[], context: MessageContext): ProvenMessages {
  const messages: EvidenceMessage[] = [];
  const withheld: WithheldMessage[] = [];
  const gaps: EvidenceGap[] = [];
  let chain = CHAIN_START;
  for (const link of [...links].sort((a, b) => a.seq - b.seq)) {
    const prev =
      'full' in link ? parseEnvelope(link.full.envelope).hdr.prev : decode(envelopeHeaderCodec, link.withheld.hdr).prev;
    if (link.seq > chain.lastSeq + 1) {
      gaps.push({ grantId: grant.grantId, fromSeq: chain.lastSeq + 1, toSeq: link.seq - 1 });
      chain = { lastSeq: link.seq - 1, lastHash: prev };
    }
    if ('full' in link) {
      const { message, next } = verifyMessage(grant, link.full, chain, context);
      messages.push(message);
      chain = next;
    } else {
      const { message, next } = verifyWithheld(grant, link.withheld, chain, context.seen);
      withheld.push(message);
      chain = next;
    }
  }
  return { messages, withheld, gaps };
}

/** The file's envelopes by grant id in hex. */
export function linksByGrant({ envelopes, withheld }: EvidenceParts): Map<string, Link[]> {
  const links = new Map<string, Link[]>();
  const add = (grantId: Uint8Array, link: Link): void => {
    const list = links.get(toHex(grantId)) ?? [];
    links.set(toHex(grantId), list);
    list.push(link);
  };
  for (const full of envelopes) {
    const { grantId, seq } = parseEnvelope(full.envelope).hdr;
    add(grantId, { seq, full });
  }
  for (const item of withheld) {
    const { grantId, seq } = placeOf(item.hdr);
    add(grantId, { seq, withheld: item });
  }
  return links;
}

function verifyMessage(grant: ProvenGrant, { envelope, stamp }: EvidenceEnvelope, chain: ChainState, context: MessageContext) {
  const { scope, grantId, envSigKey, K } = grant;
  const opened = openEnvelopeAsReader(envelope, { grantId, envSigKey, K, chain, isSeen: (id) => context.seen.has(toHex(id)) });
  const { hdr, envHash, content, next } = opened;
  context.seen.add(toHex(hdr.msgId));
  const item = context.items.get(toHex(hdr.msgId));
  ensure(item !== undefined && equal(item.envHash, envHash), 'evidence.invalid');
  ensure(equal(item.contentHash, crypto.sha256(content)), 'evidence.invalid');
  const { recvMs, batch } = verifyRelayStamp(stamp, {
    relayKeys: context.log.relayKeys,
    envHash,
    day: scope.day,
    skewS: context.profile.skewS,
  });
  verifyBatch(item, batch, context);
  // PROTOCOL 12: under a live order nothing is opened that came before it.
  const { mode, notBefore } = context.order;
  ensure(mode !== OrderMode.live || recvMs >= 1000n * notBefore, 'evidence.invalid');
  const { deviceId, groupId, epoch } = scope;
  const { msgId, seq, sentMs } = hdr;
  const { stampIndex } = item;
  return { message: { msgId, grantId, seq, deviceId, groupId, epoch, sentMs, recvMs, stampIndex, content }, next };
}

/** The relay's promise: the batch that it named in the stamp is in the log and lists the envelope. */
function verifyBatch({ stampIndex, envHash }: EvidenceItem, batch: bigint, { log, batches }: MessageContext): void {
  const logged = decode(envelopeBatchCodec, log.bodyOf(stampIndex, EntryType.envelopeBatch));
  ensure(logged.batch === batch, 'log.promise_broken');
  const list = batches.find(({ index }) => index === stampIndex);
  ensure(list !== undefined, 'evidence.incomplete', { index: stampIndex });
  verifyBatchList(logged, list.envHashes);
  ensure(
    list.envHashes.some((hash) => equal(hash, envHash)),
    'log.promise_broken',
  );
}

/** Signed by the device and in its place, without its content. */
function verifyWithheld(
  { grantId, envSigKey }: ProvenGrant,
  { hdr: hdrBytes, kc, ctHash, wrapHash, sig }: WithheldEnvelope,
  chain: ChainState,
  seen: Set<string>,
): { message: WithheldMessage; next: ChainState } {
  const hdr = decode(envelopeHeaderCodec, hdrBytes);
  const envHash = deriveEnvHash(hdrBytes, kc, ctHash, wrapHash);
  ensure(isLabelledSignature(envSigKey as SigKey, 'AC1 envelope sig', envHash, sig), 'envelope.signature_invalid');
  ensure(!seen.has(toHex(hdr.msgId)), 'envelope.replayed');
  seen.add(toHex(hdr.msgId));
  ensure(hdr.seq === chain.lastSeq + 1, 'envelope.seq_invalid');
  ensure(equal(hdr.prev, chain.lastHash), 'envelope.prev_mismatch');
  return { message: { msgId: hdr.msgId, grantId, seq: hdr.seq }, next: { lastSeq: hdr.seq, lastHash: envHash } };
}
