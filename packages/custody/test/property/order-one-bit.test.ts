/** One changed bit of an order, an authorisation, a release or a log entry: refused, or another hash. */
import { Ac1Error, decode, encode, equal } from '@countersign/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  authorisationCodec,
  countAuthorisations,
  decodeAuthorisations,
  decodeOrder,
  extensionCodec,
  logEntryCodec,
  openRelease,
  orderCodec,
  orderHash,
  releaseCodec,
  releaseRequestCodec,
  verifyEntrySignature,
  verifyExtension,
  verifyOpening,
  verifyRequester,
} from '../../src/index.ts';
import { agencies, Court, codeOf, liveWarrant, NOW, profile, publicKeyOf } from '../court.ts';
import { passkey, signWithPasskey } from '../passkey.ts';
import { createSampleRelease, sampleContext, sampleCustodians } from '../release-sample.ts';

const RUNS = 3000;
const TIMEOUT_MS = 60_000;
const order = liveWarrant({ required: [{ role: 1, m: 1 }] });
const orderBytes = encode(orderCodec, order);
const hash = orderHash(order);
const court = new Court();
court.certify('passkey judge', agencies.de.court, [1], { alg: 2, key: passkey });

/** `holds` for the bytes with any one bit changed. */
function forEachBit(bytes: Uint8Array, holds: (changed: Uint8Array) => boolean): void {
  fc.assert(
    fc.property(fc.nat({ max: 8 * bytes.length - 1 }), (bit) => {
      const changed = bytes.slice();
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      return holds(changed);
    }),
    { numRuns: RUNS },
  );
}

/** Whether `verify` refuses with a code of ours; any other error is a fault of ours. */
function refuses(verify: () => unknown): boolean {
  try {
    verify();
    return false;
  } catch (error) {
    if (error instanceof Ac1Error) return true;
    throw error;
  }
}

test(
  'an order is refused, or is another order',
  () => {
    forEachBit(orderBytes, (changed) =>
      refuses(() => {
        if (!equal(orderHash(decodeOrder(changed)), hash)) throw new Ac1Error('authorisation.order_mismatch');
      }),
    );
  },
  TIMEOUT_MS,
);

const count = (bytes: Uint8Array) => countAuthorisations(order, hash, decodeAuthorisations([bytes]), court.log.officers);

test(
  'an authorisation with a key file',
  () => {
    const bytes = encode(authorisationCodec, court.decisionOf(order, 'judge 1'));
    expect(codeOf(() => count(bytes))).toBe('ok');
    forEachBit(bytes, (changed) => refuses(() => count(changed)));
  },
  TIMEOUT_MS,
);

test(
  'an authorisation with a passkey',
  () => {
    const decided = { ...court.decisionOf(order, 'passkey judge') };
    const bytes = encode(authorisationCodec, signWithPasskey({ ...decided }));
    expect(codeOf(() => count(bytes))).toBe('ok');
    forEachBit(bytes, (changed) => refuses(() => count(changed)));
  },
  TIMEOUT_MS,
);

test(
  'a release',
  () => {
    const bytes = encode(releaseCodec, createSampleRelease());
    const { index: _, ...expected } = sampleContext;
    const open = (release: Uint8Array) => openRelease(release, sampleCustodians, expected, agencies.de.gateway.secretKey);
    expect(codeOf(() => open(bytes))).toBe('ok');
    forEachBit(bytes, (changed) => refuses(() => open(changed)));
  },
  TIMEOUT_MS,
);

test(
  'a log entry',
  () => {
    const bytes = encode(logEntryCodec, court.log.entryAt(0n));
    const verify = (entry: Uint8Array) => verifyEntrySignature(decode(logEntryCodec, entry), publicKeyOf('relay'));
    expect(codeOf(() => verify(bytes))).toBe('ok');
    forEachBit(bytes, (changed) => refuses(() => verify(changed)));
  },
  TIMEOUT_MS,
);

test(
  'an opening',
  () => {
    const index = court.issue(order);
    const bytes = encode(logEntryCodec, court.log.entryAt(index));
    const { salt, payload } = court.secretOf(index);
    const verify = (secret: { salt: Uint8Array; payload: Uint8Array }) => verifyOpening(bytes, publicKeyOf('judge 1'), secret);
    expect(codeOf(() => verify({ salt, payload }))).toBe('ok');
    forEachBit(payload, (changed) => refuses(() => verify({ salt, payload: changed })));
    forEachBit(salt, (changed) => refuses(() => verify({ salt: changed, payload })));
  },
  TIMEOUT_MS,
);

test(
  'a release request',
  () => {
    const request = court.requestAt(court.request(order, [court.send(20_416)]));
    const bytes = encode(releaseRequestCodec, request);
    const verify = (changed: Uint8Array) =>
      verifyRequester(decode(releaseRequestCodec, changed), order, hash, court.log.officers, NOW);
    expect(codeOf(() => verify(bytes))).toBe('ok');
    forEachBit(bytes, (changed) => refuses(() => verify(changed)));
  },
  TIMEOUT_MS,
);

test(
  'an extension',
  () => {
    const extended = { ...order, notifyBy: order.notifyBy + 86_400n };
    const bytes = encode(extensionCodec, { order: extended, authorisations: [court.decisionOf(extended, 'judge 1')] });
    const verify = (changed: Uint8Array) =>
      verifyExtension(decode(extensionCodec, changed), order, order.notifyBy, profile.limits, court.log.officers);
    expect(codeOf(() => verify(bytes))).toBe('ok');
    forEachBit(bytes, (changed) => refuses(() => verify(changed)));
  },
  TIMEOUT_MS,
);
