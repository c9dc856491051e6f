/** Callers may hand in Buffers, whose `slice` shares memory: nothing that is handed in may change, and nothing may be kept of it. */
import { fromUtf8 } from '@countersign/bytes';
import { expect, test } from 'vitest';
import { crypto } from '../../src/crypto.ts';

const seed = crypto.sha256(fromUtf8('a seed'));

test('a public key in a Buffer is not changed by verification, whatever its top bit', () => {
  for (let i = 0; i < 16; i++) {
    const own = crypto.sha256(Uint8Array.of(i));
    const key = Buffer.from(crypto.ed25519PublicKey(own));
    const before = Uint8Array.from(key);
    const message = fromUtf8('message');
    expect(crypto.ed25519Verify(key, message, crypto.ed25519Sign(own, message))).toBe(true);
    expect(Uint8Array.from(key)).toEqual(before);
  }
});

test('a seed that was overwritten in its Buffer signs no more', () => {
  const held = Buffer.from(seed);
  const message = fromUtf8('message');
  const first = crypto.ed25519Sign(held, message);
  held.fill(7);
  expect(crypto.ed25519Sign(held, message)).not.toEqual(first);
});
