/** Openings on their way: sealed to whoever must be able to open an entry at its date, and kept by the logbook until fetched (PROTOCOL 11.2). */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { decode, encode, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  createSealedOpening,
  type Hash,
  type OpeningRecipient,
  type SealedOpening,
  sealedOpeningCodec,
} from '@countersign/custody';
import { logFrames } from '@countersign/wire';
import { callForBytes, retrying } from './log-calls.ts';
import type { AppendedEntry } from './log-writer.ts';

/** Openings in one POST /v1/openings, and in one page. */
export const OPENINGS_PER_CALL_MAX = 1000;
/** Of the sealed openings in one call; one is at most 66 KB. */
export const OPENINGS_BYTES_MAX = 4 * 2 ** 20;
const PAGE_BYTES_MAX = OPENINGS_PER_CALL_MAX * 66_000;

/** Seals the opening of each entry to each recipient and resolves when the logbook holds them durably. `url` is the private one. */
export async function postOpenings(
  url: string,
  entries: readonly AppendedEntry[],
  recipients: readonly OpeningRecipient[],
  random: Random,
  signal: AbortSignal,
): Promise<void> {
  const openings = entries.flatMap((entry) =>
    recipients.map(({ keyId, hpkeKey }) => ({
      recipientKeyId: keyId,
      sealedOpening: encode(sealedOpeningCodec, createSealedOpening(entry.index, entry, hpkeKey, random)),
    })),
  );
  for (const part of parts(openings)) {
    const body = toBinary(logFrames.PostOpeningsSchema, create(logFrames.PostOpeningsSchema, { openings: part }));
    const post = { method: 'POST' as const, body, contentType: 'application/protobuf', answerBytesMax: 0, signal };
    await retrying(() => callForBytes(`${url}/v1/openings`, post), signal);
  }
}

export interface FetchedOpenings {
  readonly openings: readonly SealedOpening[];
  /** Give it as `after` next time. */
  readonly cursor: bigint;
}

/** The openings posted for `recipient` after the cursor, at most 1,000; ones that do not decode are left out. */
export async function fetchOpenings(url: string, recipient: Hash, after: bigint, signal?: AbortSignal): Promise<FetchedOpenings> {
  const address = `${url}/v1/openings/${toHex(recipient)}?after=${after}`;
  const page = fromBinary(logFrames.OpeningsPageSchema, await callForBytes(address, { answerBytesMax: PAGE_BYTES_MAX, signal }));
  const openings = page.sealedOpenings.flatMap((bytes) => {
    try {
      return [decode(sealedOpeningCodec, bytes)];
    } catch {
      return []; // anybody on the services' network can post rubbish
    }
  });
  return { openings, cursor: page.cursor };
}

function* parts<T extends { readonly sealedOpening: Uint8Array }>(openings: readonly T[]): Generator<T[]> {
  let part: T[] = [];
  let bytes = 0;
  for (const opening of openings) {
    if (part.length === OPENINGS_PER_CALL_MAX || bytes + opening.sealedOpening.length > OPENINGS_BYTES_MAX) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(opening);
    bytes += opening.sealedOpening.length;
  }
  if (part.length > 0) yield part;
}
