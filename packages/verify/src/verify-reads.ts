/** The reading behind an evidence file: every message in it was taken out under a logged read event (PROTOCOL 12, 14). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import {
  EntryType,
  type EvidenceManifest,
  keyId,
  ReadAction,
  type ReadEvent,
  readEventCodec,
  type SigKey,
  signingKeyOf,
  verifyReadEvent,
  verifyReadEventChain,
} from '@countersign/custody';
import type { ExhibitLog } from './exhibit-log.ts';

/**
 * Indices of the type 17 entries under which the manifest's messages were taken out. Each of a reader's events under the order is his
 * signed link in one chain from the first; `evidence.incomplete` for a message that no export event names.
 */
export function verifyReads(log: ExhibitLog, handle: Uint8Array, manifest: EvidenceManifest): bigint[] {
  const byReader = new Map<string, { index: bigint; event: ReadEvent }[]>();
  for (const { index, entry } of log.entriesWith(handle)) {
    if (entry.type !== EntryType.readEvent || log.secretOf(index) === null) continue;
    const event = decode(readEventCodec, log.bodyOf(index, EntryType.readEvent));
    const key = readerKey(log, event.agencyId, entry.actorKeyId);
    ensure(key !== null, 'evidence.invalid', { index });
    verifyReadEvent(event, key);
    const list = byReader.get(toHex(key)) ?? [];
    byReader.set(toHex(key), list);
    list.push({ index, event });
  }
  const exports = new Map<string, bigint>();
  for (const events of byReader.values()) {
    verifyReadEventChain(events.map(({ event }) => event));
    for (const { index, event } of events) {
      const isOurs = equal(event.orderHash, manifest.orderHash) && equal(event.agencyId, manifest.agencyId);
      if (!isOurs || event.action !== ReadAction.export) continue;
      for (const msgId of event.msgIds) exports.set(toHex(msgId), index);
    }
  }
  const used = manifest.items.map(({ msgId }) => {
    const index = exports.get(toHex(msgId));
    ensure(index !== undefined, 'evidence.incomplete');
    return index;
  });
  return [...new Set(used)];
}

/** The signing key of the agency's reader whose key id it is, or null. */
export function readerKey(log: ExhibitLog, agencyId: Uint8Array, readerKeyId: Uint8Array): SigKey | null {
  const keys = log.readersOf(agencyId).map(({ key }) => signingKeyOf(key) as SigKey);
  return keys.find((key) => equal(keyId(key), readerKeyId)) ?? null;
}
