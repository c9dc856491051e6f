/** The backends against Wycheproof. Cases left out are named with the reason, and counted. */
import { concat, equal } from '@countersign/bytes';
import { describe, expect, test } from 'vitest';
import { backends } from '../backends.ts';
import { bytesOf, failures, readWycheproof, type WycheproofCase } from '../wycheproof.ts';

const AES_GCM = readWycheproof('aes_gcm_test.json');
const ED25519 = readWycheproof('ed25519_test.json');
const HKDF = readWycheproof('hkdf_sha256_test.json');
const HMAC = readWycheproof('hmac_sha256_test.json');
const ECDSA = readWycheproof('ecdsa_secp256r1_sha256_p1363_test.json');
const ECDH = readWycheproof('ecdh_secp256r1_ecpoint_test.json');

/** A nonce of AC1 has 96 bits and its keys 128 (MLS) or 256; the backends refuse all else as their caller's mistake. */
const isAc1AesGcm = ({ group }: WycheproofCase) => group.ivSize === 96 && group.keySize !== 192;

/** r and s of 32 bytes each are what two DER integers can carry: the other lengths are faults of the joined form itself. */
const isDerExpressible = ({ test }: WycheproofCase) => bytesOf(test, 'sig').length === 64;

/** Our ECDH takes points that `parsePoint` of packages/threshold has accepted; compressed ones have a codec of their own. */
const isUncompressedKey = ({ test }: WycheproofCase) => bytesOf(test, 'public').length === 65;

test('what is left out', () => {
  const leftOut = (cases: readonly WycheproofCase[], isIn: (entry: WycheproofCase) => boolean) =>
    cases.length - cases.filter(isIn).length;
  expect({
    'AES-GCM with another nonce or key length': leftOut(AES_GCM, isAc1AesGcm),
    'ECDSA with r and s of another length': leftOut(ECDSA, isDerExpressible),
    'ECDH with a compressed or empty key': leftOut(ECDH, isUncompressedKey),
  }).toEqual({
    'AES-GCM with another nonce or key length': 183,
    'ECDSA with r and s of another length': 21,
    'ECDH with a compressed or empty key': 9,
  });
});

describe.each(backends)('%s', (_name, backend) => {
  test('AES-GCM seals to the given ciphertext and opens nothing that is invalid', () => {
    const cases = AES_GCM.filter(isAc1AesGcm);
    const wrong = failures(cases, ({ test: t }) => {
      const [key, iv, aad, msg] = [bytesOf(t, 'key'), bytesOf(t, 'iv'), bytesOf(t, 'aad'), bytesOf(t, 'msg')];
      const sealed = concat(bytesOf(t, 'ct'), bytesOf(t, 'tag'));
      const opened = backend.aesGcmOpen(key, iv, aad, sealed);
      if (t.result === 'invalid') return opened === null;
      return opened !== null && equal(opened, msg) && equal(backend.aesGcmSeal(key, iv, aad, msg), sealed);
    });
    expect(wrong).toEqual([]);
  });

  test('AES-GCM refuses nonces and keys of other lengths', () => {
    for (const { test: t } of AES_GCM.filter((entry) => !isAc1AesGcm(entry))) {
      expect(() => backend.aesGcmSeal(bytesOf(t, 'key'), bytesOf(t, 'iv'), new Uint8Array(), new Uint8Array())).toThrow(
        RangeError,
      );
    }
  });

  test('Ed25519 accepts the valid signatures alone', () => {
    const wrong = failures(ED25519, ({ group, test: t }) => {
      const { pk } = group.publicKey as { pk: string };
      const key = Uint8Array.from(Buffer.from(pk, 'hex'));
      return backend.ed25519Verify(key, bytesOf(t, 'msg'), bytesOf(t, 'sig')) === (t.result === 'valid');
    });
    expect(wrong).toEqual([]);
  });

  test('HKDF-SHA256', () => {
    const wrong = failures(HKDF, ({ test: t }) => {
      const prk = backend.hkdfExtract(bytesOf(t, 'salt'), bytesOf(t, 'ikm'));
      const expand = () => backend.hkdfExpand(prk, bytesOf(t, 'info'), t.size as number);
      if (t.result === 'valid') return equal(expand(), bytesOf(t, 'okm'));
      expect(expand).toThrow(RangeError);
      return true;
    });
    expect(wrong).toEqual([]);
  });

  test('HMAC-SHA256, truncated tags included', () => {
    const wrong = failures(HMAC, ({ test: t }) => {
      const tag = bytesOf(t, 'tag');
      const mac = backend.hmacSha256(bytesOf(t, 'key'), bytesOf(t, 'msg')).subarray(0, tag.length);
      return equal(mac, tag) === (t.result === 'valid');
    });
    expect(wrong).toEqual([]);
  });

  test('ECDSA P-256 accepts the valid signatures alone', () => {
    const wrong = failures(ECDSA.filter(isDerExpressible), ({ group, test: t }) => {
      const { uncompressed } = group.publicKey as { uncompressed: string };
      const key = Uint8Array.from(Buffer.from(uncompressed, 'hex'));
      return backend.p256EcdsaVerify(key, bytesOf(t, 'msg'), derSignature(bytesOf(t, 'sig'))) === (t.result === 'valid');
    });
    expect(wrong).toEqual([]);
  });

  test('ECDH P-256 gives the shared x and refuses points off the curve', () => {
    const wrong = failures(ECDH.filter(isUncompressedKey), ({ test: t }) => {
      const shared = () => backend.p256SharedX(scalar(bytesOf(t, 'private')), bytesOf(t, 'public'));
      if (t.result === 'valid') return equal(shared(), bytesOf(t, 'shared'));
      expect(shared).toThrow(RangeError);
      return true;
    });
    expect(wrong).toEqual([]);
  });
});

/** r || s of 64 bytes as the DER that WebAuthn delivers. */
function derSignature(joined: Uint8Array): Uint8Array {
  const body = concat(derInteger(joined.subarray(0, 32)), derInteger(joined.subarray(32)));
  return concat(Uint8Array.of(0x30, body.length), body);
}

function derInteger(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const digits = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  const padded = (digits[0] as number) >= 0x80 ? concat(Uint8Array.of(0), digits) : digits;
  return concat(Uint8Array.of(0x02, padded.length), padded);
}

/** The file writes secrets as integers: leading zeros lack or abound. */
function scalar(integer: Uint8Array): Uint8Array {
  const digits = integer.subarray(Math.max(0, integer.length - 32));
  return concat(new Uint8Array(32 - digits.length), digits);
}
