/** Whatever bytes arrive: a decoder ends in a value that encodes to the same bytes, or in one of our codes (PROTOCOL 3). */
import { Ac1Error, type Codec, concat, decode, encode, equal, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  AttachmentOpener,
  attachmentBlobLength,
  type Content,
  contentCodec,
  createEnvelopeBatch,
  createNotice,
  createRelayStamp,
  createReport,
  custodyKeyCodec,
  deliveryCodec,
  envelopeBatchCodec,
  envelopeCodec,
  grantCodec,
  noticeCodec,
  noticeTextHash,
  openEnvelopeAsReader,
  pad,
  relayStampCodec,
  reportCodec,
  rosterCodec,
  rosterSlotCodec,
  scopeCodec,
  unpad,
  verifyGrant,
} from '../../src/index.ts';
import { custodyKeyOf } from '../custody-key.ts';
import { bytesOf, codeOf, created, expectations, grantBytes, opening, relaySeed, roster, scope, seal } from '../messenger.ts';

const RUNS = 100_000;
/** For procedures that begin with a decoder of the list and go on to signatures. */
const PROCEDURE_RUNS = 10_000;
const TIMEOUT_MS = 120_000;

const envelope = seal('first').bytes;
const notice = createNotice(
  {
    orderId: bytesOf('order', 16),
    orderHash: bytesOf('order hash'),
    accountId: bytesOf('account', 16),
    state: 1,
    due: 5n,
    time: 4n,
    textHash: noticeTextHash('text'),
  },
  bytesOf('oversight'),
);
const report = createReport(
  { code: new TextEncoder().encode('envelope.kc_mismatch'), grant: created.grant, envelope, time: 7n },
  bytesOf('env sig'),
);
const contents: Content[] = [
  { type: 1, expireS: 0, body: 'hello' },
  { type: 2, expireS: 0, to: bytesOf('msg', 16), body: 'hello' },
  { type: 3, expireS: 0, to: bytesOf('msg', 16), emoji: '\u{1f44d}' },
  {
    type: 6,
    expireS: 0,
    blobId: bytesOf('blob'),
    key: bytesOf('key'),
    size: 9n,
    chunk: 65_536,
    plainHash: bytesOf('plain'),
    name: 'a',
    mime: 'b',
    caption: '',
  },
  { type: 7, expireS: 0, kind: 2, ids: [bytesOf('one', 16), bytesOf('two', 16)] },
  { type: 9, expireS: 0, kind: 1, value: new TextEncoder().encode('name') },
  { type: 10, expireS: 0, notice, text: 'text' },
];

/** Random bytes, or a valid encoding with random damage: cut, extended, or with some bytes replaced. Fast, so that many runs are cheap. */
function* damaged(seed: number, valid: readonly Uint8Array[], count: number): Generator<Uint8Array> {
  let state = seed | 1;
  const next = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  for (let run = 0; run < count; run++) {
    const base = valid[next(valid.length)] as Uint8Array;
    if (next(4) === 0) {
      yield Uint8Array.from({ length: next(base.length + 20) }, () => next(256));
      continue;
    }
    const bytes = next(3) === 0 ? base.slice(0, next(base.length + 1)) : base.slice();
    const joined = next(8) === 0 ? concat(bytes, Uint8Array.of(next(256))) : bytes;
    for (let i = next(4); i > 0 && joined.length > 0; i--) joined[next(joined.length)] = next(256);
    yield joined;
  }
}

/** `check` meets `runs` damaged inputs; the seed that fast-check prints repeats a failure. */
function everyInput(valid: readonly Uint8Array[], check: (bytes: Uint8Array) => void, runs = RUNS): void {
  const batches = 20;
  const property = fc.property(fc.integer(), (seed) => {
    for (const bytes of damaged(seed, valid, runs / batches)) check(bytes);
  });
  fc.assert(property, { numRuns: batches, endOnFailure: true });
}

function decodesOrRefuses<T>(codec: Codec<T>): (bytes: Uint8Array) => void {
  return (bytes) => {
    let value: T;
    try {
      value = decode(codec, bytes);
    } catch (error) {
      if (!(error instanceof Ac1Error)) throw new Error(`${toHex(bytes)} is not refused with a code`, { cause: error });
      return;
    }
    if (!equal(encode(codec, value), bytes)) throw new Error(`${toHex(bytes)} has a second encoding`);
  };
}

function refusesWithCode(run: (bytes: Uint8Array) => unknown): (bytes: Uint8Array) => void {
  return (bytes) => {
    const code = codeOf(() => run(bytes));
    if (code.startsWith('not coded')) throw new Error(`${toHex(bytes)}: ${code}`);
  };
}

interface Subject {
  codec: Codec<unknown>;
  valid: Uint8Array[];
}

function subject<T>(codec: Codec<T>, ...values: T[]): Subject {
  return { codec: codec as Codec<unknown>, valid: values.map((value) => encode(codec, value)) };
}

const SUBJECTS: Record<string, Subject> = {
  Scope: subject(scopeCodec, scope),
  Grant: subject(grantCodec, created.grant),
  Envelope: subject(envelopeCodec, decode(envelopeCodec, envelope)),
  Delivery: subject(deliveryCodec, { envelope: decode(envelopeCodec, envelope), mlsMessage: bytesOf('mls', 90) }),
  Content: subject(contentCodec, ...contents),
  Notice: subject(noticeCodec, notice),
  Roster: subject(rosterCodec, roster),
  RosterSlot: subject(rosterSlotCodec, scope),
  RelayStamp: subject(relayStampCodec, createRelayStamp({ envHash: bytesOf('h'), recvMs: 1n, batch: 2n }, relaySeed)),
  EnvelopeBatch: subject(envelopeBatchCodec, createEnvelopeBatch(1n, [bytesOf('h')])),
  CustodyKey: subject(custodyKeyCodec, custodyKeyOf(3, 5).key),
  Report: subject(reportCodec, report),
};

describe('each decoder, given 100,000 damaged or random byte strings', () => {
  test.each(Object.entries(SUBJECTS))('%s', { timeout: TIMEOUT_MS }, (_, { codec, valid }) => {
    for (const bytes of valid) expect(encode(codec, decode(codec, bytes))).toEqual(bytes);
    everyInput(valid, decodesOrRefuses(codec));
  });

  test('padding', { timeout: TIMEOUT_MS }, () => {
    everyInput(
      [pad(bytesOf('content')), pad(new Uint8Array(0)), pad(bytesOf('content', 300))],
      refusesWithCode((bytes) => {
        const content = unpad(bytes);
        if (!equal(pad(content), bytes)) throw new Error('a second padding');
      }),
    );
  });

  test('VerifyGrant', { timeout: TIMEOUT_MS }, () => {
    everyInput(
      [grantBytes],
      refusesWithCode((bytes) => verifyGrant(bytes, expectations)),
      PROCEDURE_RUNS,
    );
  });

  test('Open', { timeout: TIMEOUT_MS }, () => {
    everyInput(
      [envelope],
      refusesWithCode((bytes) => openEnvelopeAsReader(bytes, opening())),
      PROCEDURE_RUNS,
    );
  });
});

test('padding gives the content back at every length up to two buckets', () => {
  for (let length = 0; length <= 600; length++) {
    const content = bytesOf('content', length);
    const padded = pad(content);
    expect(padded.length).toBe(length <= 253 ? 256 : length <= 509 ? 512 : 1024);
    expect(unpad(padded)).toEqual(content);
  }
});

test('an attachment`s stated size cannot make its reader fail otherwise than with our code', () => {
  const sizes = [0n, 1n, 65_536n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n];
  for (const size of sizes) {
    const ref = { blobId: bytesOf('blob'), key: bytesOf('key'), size, chunk: 65_536, plainHash: bytesOf('plain') };
    expect(codeOf(() => new AttachmentOpener(ref).open(crypto.sha256(ref.key)))).toBe('attachment.invalid');
    expect(attachmentBlobLength(size)).toBe(size + 16n * (size === 0n ? 1n : (size + 65_535n) / 65_536n));
  }
});
