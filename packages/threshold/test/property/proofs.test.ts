/** Any one bit changed in a proof, a part or what it is bound to is refused, with one of our codes. */
import { decode, encode } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createPartial,
  createScopeProof,
  dleqContextCodec,
  parseScopeProof,
  releaseShareCodec,
  scopeProofCodec,
  verifyDleq,
  verifyScopeProof,
} from '../../src/index.ts';
import { encodePoint33, parsePoint65 } from '../../src/point.ts';
import { codeOf } from '../codes.ts';
import { seededRandom } from '../parties.ts';

const random = seededRandom('proofs');
const e = random(32);
const enc = crypto.p256PublicKey(e);
const head = random(266);
const proof = encode(scopeProofCodec, createScopeProof(e, head));

const share = random(32);
const Yi = encodePoint33(parsePoint65(crypto.p256PublicKey(share)));
const context = encode(dleqContextCodec, {
  orderHash: random(32),
  grantId: random(32),
  agencyId: random(16),
  index: 3,
  shareGen: 1,
});
const part = encode(releaseShareCodec, createPartial(share, enc, decode(dleqContextCodec, context), random));

function flip(bytes: Uint8Array, bit: number): Uint8Array {
  const flipped = bytes.slice();
  flipped[bit >>> 3] = (flipped[bit >>> 3] as number) ^ (0x80 >>> (bit & 7));
  return flipped;
}

const REFUSALS = /^(point\.(identity|malformed|off_curve)|scalar\.out_of_range)$/;
const bitOf = (bytes: Uint8Array) => fc.integer({ min: 0, max: 8 * bytes.length - 1 });

const proofCode = (headBytes: Uint8Array, encBytes: Uint8Array, proofBytes: Uint8Array) =>
  codeOf(() => verifyScopeProof(headBytes, parseScopeProof(encBytes, decode(scopeProofCodec, proofBytes))));
const partCode = (contextBytes: Uint8Array, key: Uint8Array, encBytes: Uint8Array, partBytes: Uint8Array) =>
  codeOf(() =>
    verifyDleq({ context: decode(dleqContextCodec, contextBytes), Yi: key, enc: encBytes }, decode(releaseShareCodec, partBytes)),
  );

test('the unchanged ones are accepted, and creating is deterministic but for the random bytes', () => {
  expect(proofCode(head, enc, proof)).toBe('ok');
  expect(partCode(context, Yi, enc, part)).toBe('ok');
  expect(encode(scopeProofCodec, createScopeProof(e, head))).toEqual(proof);
});

test.each([
  ['the proof', (bit: number) => proofCode(head, enc, flip(proof, bit)), proof],
  ['GrantHead', (bit: number) => proofCode(flip(head, bit), enc, proof), head],
  ['enc', (bit: number) => proofCode(head, flip(enc, bit), proof), enc],
])('one bit of %s changed: grant.proof_invalid, or the code of the point or scalar', (_, judge, bytes) => {
  fc.assert(
    fc.property(bitOf(bytes), (bit) => {
      const code = judge(bit);
      return code === 'grant.proof_invalid' || REFUSALS.test(code);
    }),
    { numRuns: 150 },
  );
});

test.each([
  ['the part', (bit: number) => partCode(context, Yi, enc, flip(part, bit)), part],
  ['DleqContext', (bit: number) => partCode(flip(context, bit), Yi, enc, part), context],
  ['Yi', (bit: number) => partCode(context, flip(Yi, bit), enc, part), Yi],
  ['enc', (bit: number) => partCode(context, Yi, flip(enc, bit), part), enc],
])('one bit of %s changed: release.dleq_invalid, or the code of the field', (_, judge, bytes) => {
  fc.assert(
    fc.property(bitOf(bytes), (bit) => {
      const code = judge(bit);
      return code === 'release.dleq_invalid' || code === 'decode.version' || REFUSALS.test(code);
    }),
    { numRuns: 150 },
  );
});
