/** No bit of a grant, an envelope, a stamp or a custody key can change unseen. */
import { encode } from '@countersign/bytes';
import { expect, test } from 'vitest';
import {
  createRelayStamp,
  custodyKeyCodec,
  openEnvelopeAsReader,
  openEnvelopeAsRecipient,
  relayStampCodec,
  verifyCustodyKey,
  verifyGrant,
  verifyRelayStamp,
} from '../../src/index.ts';
import { custodyKeyOf, rootKey } from '../custody-key.ts';
import {
  codeOf,
  DAY,
  expectations,
  grantBytes,
  mlsOf,
  NOON_MS,
  networkId,
  opening,
  relayKey,
  relaySeed,
  SKEW_S,
  seal,
} from '../messenger.ts';

/** The code that each one-bit change of `bytes` is refused with; all must be codes of ours. */
function codesOfBitFlips(bytes: Uint8Array, check: (changed: Uint8Array) => unknown): Set<string> {
  const codes = new Set<string>();
  for (let bit = 0; bit < 8 * bytes.length; bit++) {
    const changed = bytes.slice();
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    const code = codeOf(() => check(changed));
    expect(code, `bit ${bit}`).toMatch(/^(decode|grant|envelope|point|scalar|relay|custody_key)\.[a-z_]+$/);
    codes.add(code);
  }
  return codes;
}

test('of a grant', { timeout: 60_000 }, () => {
  const codes = codesOfBitFlips(grantBytes, (changed) => verifyGrant(changed, expectations));
  expect(codes).toContain('grant.network_mismatch');
  expect(codes).toContain('grant.custody_key_unknown');
  expect(codes).toContain('grant.custody_key_day');
  expect(codes).toContain('point.off_curve');
  expect(codes).toContain('grant.signature_invalid');
});

test('of an envelope, for a reader', { timeout: 60_000 }, () => {
  const codes = codesOfBitFlips(seal('first').bytes, (changed) => openEnvelopeAsReader(changed, opening()));
  expect(codes).toContain('envelope.grant_mismatch');
  expect(codes).toContain('envelope.signature_invalid');
});

test('of an envelope, for a recipient', { timeout: 60_000 }, () => {
  const sealed = seal('first');
  const codes = codesOfBitFlips(sealed.bytes, (changed) => openEnvelopeAsRecipient(changed, opening(), mlsOf(sealed)));
  expect(codes).toContain('envelope.hash_mismatch');
  expect(codes).toContain('envelope.signature_invalid');
});

test('of a relay stamp', { timeout: 60_000 }, () => {
  const { envHash } = seal('first');
  const stamp = encode(relayStampCodec, createRelayStamp({ envHash, recvMs: NOON_MS, batch: 3n }, relaySeed));
  const expected = { relayKeys: [relayKey], envHash, day: DAY, skewS: SKEW_S };
  expect(codesOfBitFlips(stamp, (changed) => verifyRelayStamp(changed, expected))).toEqual(
    new Set(['decode.version', 'relay.stamp_invalid']),
  );
});

test('of a custody key', { timeout: 60_000 }, () => {
  const bytes = encode(custodyKeyCodec, custodyKeyOf(2, 3).key);
  const codes = codesOfBitFlips(bytes, (changed) => verifyCustodyKey(changed, { networkId, rootKey }));
  expect(codes).toContain('decode.value');
  expect(codes).toContain('decode.length');
  expect(codes).toContain('custody_key.invalid');
});
