/** Node and noble are one implementation to their callers: same outputs, same refusals, whatever the input. */
import { concat, fromHex } from '@countersign/bytes';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backends, noble, node } from '../backends.ts';

const bytes = (minLength: number, maxLength = minLength) => fc.uint8Array({ minLength, maxLength });
const message = bytes(0, 300);
const secret = bytes(32);
const curveRuns = { numRuns: 25 };

function flip(input: Uint8Array, at: number): Uint8Array {
  const flipped = input.slice();
  const index = at % (8 * flipped.length);
  flipped[index >> 3] = (flipped[index >> 3] as number) ^ (1 << (index & 7));
  return flipped;
}

describe('the backends agree', () => {
  test('on hashes in parts and on HMAC of every length around its limits', () => {
    fc.assert(
      fc.property(bytes(0, 70), bytes(0, 700), fc.nat(700), (key, data, cut) => {
        expect(noble.hmacSha256(key, data)).toEqual(node.hmacSha256(key, data));
        for (const [, backend] of backends) {
          const state = backend.createSha256();
          state.update(data.subarray(0, cut));
          state.update(data.subarray(cut));
          expect(state.digest()).toEqual(node.sha256(data));
        }
      }),
    );
    for (const [keyLength, dataLength] of [63, 64, 65].flatMap((k) => [511, 512, 513].map((d) => [k, d] as const))) {
      const [key, data] = [new Uint8Array(keyLength).fill(1), new Uint8Array(dataLength).fill(2)];
      expect(noble.hmacSha256(key, data)).toEqual(node.hmacSha256(key, data));
    }
  });

  test('on hashes and derivations', () => {
    fc.assert(
      fc.property(bytes(0, 200), secret, message, fc.nat(8160), (key, prk, data, length) => {
        expect(noble.sha256(data)).toEqual(node.sha256(data));
        expect(noble.hmacSha256(key, data)).toEqual(node.hmacSha256(key, data));
        expect(noble.hkdfExtract(key, data)).toEqual(node.hkdfExtract(key, data));
        expect(noble.hkdfExpand(prk, data, length)).toEqual(node.hkdfExpand(prk, data, length));
      }),
    );
  });

  test('on AES-GCM, and a flipped bit anywhere opens nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(16, 32), bytes(32), bytes(12), message, message, fc.nat(), (size, k, nonce, aad, plain, at) => {
        const key = k.subarray(0, size);
        const sealed = node.aesGcmSeal(key, nonce, aad, plain);
        expect(noble.aesGcmSeal(key, nonce, aad, plain)).toEqual(sealed);
        for (const [, backend] of backends) {
          expect(backend.aesGcmOpen(key, nonce, aad, sealed)).toEqual(plain);
          expect(backend.aesGcmOpen(key, nonce, aad, flip(sealed, at))).toBeNull();
          expect(backend.aesGcmOpen(flip(key, at), nonce, aad, sealed)).toBeNull();
          expect(backend.aesGcmOpen(key, flip(nonce, at), aad, sealed)).toBeNull();
          expect(backend.aesGcmOpen(key, nonce, concat(aad, Uint8Array.of(0)), sealed)).toBeNull();
        }
      }),
    );
  });

  test('on Ed25519, and a flipped bit anywhere is no signature', () => {
    fc.assert(
      fc.property(secret, message, fc.nat(), (seed, data, at) => {
        const key = node.ed25519PublicKey(seed);
        const signature = node.ed25519Sign(seed, data);
        expect(noble.ed25519PublicKey(seed)).toEqual(key);
        expect(noble.ed25519Sign(seed, data)).toEqual(signature);
        for (const [, backend] of backends) {
          expect(backend.ed25519Verify(key, data, signature)).toBe(true);
          expect(backend.ed25519Verify(key, data, flip(signature, at))).toBe(false);
          expect(backend.ed25519Verify(flip(key, at), data, signature)).toBe(false);
          expect(backend.ed25519Verify(key, concat(data, Uint8Array.of(0)), signature)).toBe(false);
        }
      }),
      curveRuns,
    );
  });

  test('on arbitrary keys and signatures of Ed25519', () => {
    fc.assert(
      fc.property(bytes(0, 40), message, bytes(60, 68), (key, data, signature) => {
        expect(noble.ed25519Verify(key, data, signature)).toBe(node.ed25519Verify(key, data, signature));
      }),
      curveRuns,
    );
  });

  test('on X25519', () => {
    fc.assert(
      fc.property(secret, bytes(32), (own, peer) => {
        expect(noble.x25519PublicKey(own)).toEqual(node.x25519PublicKey(own));
        expect(noble.x25519Shared(own, peer)).toEqual(node.x25519Shared(own, peer));
      }),
      curveRuns,
    );
  });

  test('on P-256', () => {
    fc.assert(
      fc.property(secret, secret, (own, peer) => {
        fc.pre(isScalar(own) && isScalar(peer));
        const point = node.p256PublicKey(peer);
        expect(noble.p256PublicKey(peer)).toEqual(point);
        const shared = node.p256SharedX(own, point);
        expect(noble.p256SharedX(own, point)).toEqual(shared);
        expect(node.p256SharedX(peer, node.p256PublicKey(own))).toEqual(shared);
      }),
      curveRuns,
    );
  });
});

const P256_ORDER = fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551');

function isScalar(candidate: Uint8Array): boolean {
  return candidate.some((byte) => byte !== 0) && Buffer.compare(candidate, P256_ORDER) < 0;
}

describe.each(backends)('%s refuses', (_name, backend) => {
  const none = new Uint8Array();

  test('keys and lengths that its caller must not pass', () => {
    const [short, key, point] = [new Uint8Array(31), new Uint8Array(32).fill(1), new Uint8Array(65).fill(4)];
    for (const call of [
      () => backend.aesGcmSeal(short, new Uint8Array(12), none, none),
      () => backend.aesGcmSeal(new Uint8Array(24), new Uint8Array(12), none, none),
      () => backend.aesGcmOpen(key, new Uint8Array(16), none, new Uint8Array(16)),
      () => backend.aesGcmOpen(key, new Uint8Array(13), none, none),
      () => backend.hkdfExpand(short, none, 1),
      () => backend.hkdfExpand(key, none, 8161),
      () => backend.hkdfExpand(key, none, -1),
      () => backend.hkdfExpand(key, none, 1.5),
      () => backend.ed25519PublicKey(short),
      () => backend.ed25519Sign(short, none),
      () => backend.x25519PublicKey(short),
      () => backend.x25519Shared(short, key),
      () => backend.x25519Shared(key, short),
      () => backend.p256PublicKey(short),
      () => backend.p256PublicKey(new Uint8Array(32)),
      () => backend.p256PublicKey(P256_ORDER),
      () => backend.p256SharedX(P256_ORDER, backend.p256PublicKey(key)),
      () => backend.p256SharedX(key, point),
      () => backend.p256SharedX(key, point.subarray(0, 33)),
    ]) {
      expect(call, call.toString()).toThrow(RangeError);
    }
  });

  test('ciphertexts too short for a tag, signatures of another length and keys that are no points', () => {
    const seed = new Uint8Array(32).fill(7);
    const signature = backend.ed25519Sign(seed, none);
    const key = backend.ed25519PublicKey(seed);
    expect(backend.aesGcmOpen(seed, new Uint8Array(12), none, new Uint8Array(15))).toBeNull();
    expect(backend.ed25519Verify(key, none, signature.subarray(1))).toBe(false);
    expect(backend.ed25519Verify(key.subarray(1), none, signature)).toBe(false);
    expect(backend.ed25519Verify(new Uint8Array(32).fill(0x02), none, signature)).toBe(false);
    expect(backend.p256EcdsaVerify(new Uint8Array(65).fill(4), none, new Uint8Array(70))).toBe(false);
    expect(backend.p256EcdsaVerify(backend.p256PublicKey(seed), none, none)).toBe(false);
    expect(backend.p256EcdsaVerify(none, none, none)).toBe(false);
  });

  test.each([
    ['zero', '0000000000000000000000000000000000000000000000000000000000000000'],
    ['one', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
    ['p', 'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
  ])('an X25519 key of small order: %s', (_order, key) => {
    expect(backend.x25519Shared(new Uint8Array(32).fill(9), fromHex(key))).toBeNull();
  });

  test.each([
    ['order 1', '0100000000000000000000000000000000000000000000000000000000000000'],
    ['order 1, sign of x set', '0100000000000000000000000000000000000000000000000000000000000080'],
    ['order 1, y = p + 1', 'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['order 2', 'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f'],
    ['order 4', '0000000000000000000000000000000000000000000000000000000000000080'],
    ['order 8', 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'],
    ['order 8, other y', '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85'],
  ])('an Ed25519 key of small order, under which R = B, S = 1 may sign anything: %s', (_order, key) => {
    // R = S*B - k*A, which is S*B for every k that the order of A divides: one message in eight at worst
    const base = fromHex('5866666666666666666666666666666666666666666666666666666666666666');
    const signature = concat(base, Uint8Array.of(1), new Uint8Array(31));
    for (let i = 0; i < 40; i++) expect(backend.ed25519Verify(fromHex(key), Uint8Array.of(i), signature)).toBe(false);
  });

  test('a signature that only the equation with the cofactor would accept', () => {
    // speccheck case 4 (Chalkias, Garillot, Nikolaenko 2020, table 5): A and R of mixed order, 8(SB - kA - R) = 0 alone
    const key = fromHex('cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d');
    const signed = fromHex('e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c');
    const signature = fromHex(
      '160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09',
    );
    expect(backend.ed25519Verify(key, signed, signature)).toBe(false);
  });

  test('an overwritten array as the key it was before', () => {
    const seed = new Uint8Array(32).fill(1);
    const before = backend.ed25519Sign(seed, none);
    seed.fill(2);
    const after = backend.ed25519Sign(seed, none);
    expect(after).not.toEqual(before);
    expect(after).toEqual(backend.ed25519Sign(new Uint8Array(32).fill(2), none));
  });
});

test('more keys than the cache holds are still verified', () => {
  const signed = Array.from({ length: 3 }, (_, i) => {
    const seed = new Uint8Array(32).fill(i + 1);
    return { key: node.ed25519PublicKey(seed), signature: node.ed25519Sign(seed, seed), seed };
  });
  const check = () => signed.every(({ key, signature, seed }) => node.ed25519Verify(key, seed, signature));
  expect(check()).toBe(true);
  for (let i = 0; i < 5000; i++)
    node.ed25519Verify(concat(Uint8Array.of(i, i >> 8), new Uint8Array(30)), new Uint8Array(), new Uint8Array(64));
  expect(check()).toBe(true);
});

test('fresh bytes have the asked length and differ', () => {
  for (const [, backend] of backends) {
    expect(backend.randomBytes(32)).toHaveLength(32);
    expect(backend.randomBytes(32)).not.toEqual(backend.randomBytes(32));
  }
});
