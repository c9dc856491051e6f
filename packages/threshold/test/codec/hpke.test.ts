/** HPKE (RFC 9180) against its vectors and against another implementation. */
import { concat, fromHex, fromUtf8, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, ExportOnly, HkdfSha256 } from '@hpke/core';
import { expect, test } from 'vitest';
import { deriveExport, deriveShared } from '../../src/hpke.ts';
import { createSealed, deriveKeyPair, openSealed } from '../../src/index.ts';
import { seededRandom } from '../parties.ts';

const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
const recipient = deriveKeyPair(crypto.sha256(fromUtf8('recipient')));
const INFO = fromUtf8('info');
const AAD = fromUtf8('aad');
const PLAINTEXT = fromUtf8('one message');

test('RFC 9180 A.3.1: key pairs and shared secret of DHKEM(P-256, HKDF-SHA256)', () => {
  const ephemeral = deriveKeyPair(fromHex('4270e54ffd08d79d5928020af4686d8f6b7d35dbe470265f1f5aa22816ce860e'));
  expect(toHex(ephemeral.secretKey)).toBe('4995788ef4b9d6132b249ce59a77281493eb39af373d236a1fe415cb0c2d7beb');
  expect(toHex(ephemeral.publicKey)).toBe(
    '04a92719c6195d5085104f469a8b9814d5838ff72b60501e2c4466e5e67b325ac9' +
      '8536d7b61a1af4b78e5b7f951c0900be863c403ce65c9bfcb9382657222d18c4',
  );
  const receiver = deriveKeyPair(fromHex('668b37171f1072f3cf12ea8a236a45df23fc13b82af3609ad1e354f6ef817550'));
  expect(toHex(receiver.secretKey)).toBe('f3ce7fdae57e1a310d87f1ebbde6f328be0a99cdbcadf4d6589cf29de4b8ffd2');
  const dh = crypto.p256SharedX(ephemeral.secretKey, receiver.publicKey);
  expect(toHex(deriveShared(dh, ephemeral.publicKey, receiver.publicKey))).toBe(
    'c0d26aeab536609a572b07695d933b589dcf363ff9d93c93adea537aeabb8cb8',
  );
});

test('@hpke/core opens what we seal, and we open what it seals', async () => {
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const { privateKey, publicKey } = await suite.kem.deriveKeyPair(exact(crypto.sha256(fromUtf8('recipient'))));

  const ours = createSealed(recipient.publicKey, INFO, AAD, PLAINTEXT, seededRandom('seal'));
  const opener = await suite.createRecipientContext({ recipientKey: privateKey, enc: exact(ours.enc), info: exact(INFO) });
  expect(new Uint8Array(await opener.open(exact(ours.sealed), exact(AAD)))).toEqual(PLAINTEXT);

  const sender = await suite.createSenderContext({ recipientPublicKey: publicKey, info: exact(INFO) });
  const sealed = new Uint8Array(await sender.seal(exact(PLAINTEXT), exact(AAD)));
  const theirs = { enc: new Uint8Array(sender.enc), sealed };
  expect(openSealed(recipient.secretKey, INFO, AAD, theirs)).toEqual(PLAINTEXT);
});

test('with the same ephemeral key both give the same bytes', async () => {
  const ikmE = seededRandom('same')(32);
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
  const { publicKey } = await suite.kem.deriveKeyPair(exact(crypto.sha256(fromUtf8('recipient'))));
  const sender = await suite.createSenderContext({ recipientPublicKey: publicKey, info: exact(INFO), ekm: exact(ikmE) });
  const sealed = new Uint8Array(await sender.seal(exact(PLAINTEXT), exact(AAD)));
  const ours = createSealed(recipient.publicKey, INFO, AAD, PLAINTEXT, () => ikmE);
  expect(ours).toEqual({ enc: new Uint8Array(sender.enc), sealed });
});

test('the export-only context gives the same secret', async () => {
  const ikmE = seededRandom('export')(32);
  const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new ExportOnly() });
  const { publicKey } = await suite.kem.deriveKeyPair(exact(crypto.sha256(fromUtf8('recipient'))));
  const sender = await suite.createSenderContext({ recipientPublicKey: publicKey, info: exact(INFO), ekm: exact(ikmE) });
  const { secretKey, publicKey: enc } = deriveKeyPair(ikmE);
  const shared = deriveShared(crypto.p256SharedX(secretKey, recipient.publicKey), enc, recipient.publicKey);
  const theirs = new Uint8Array(await sender.export(exact(AAD), 32));
  expect(deriveExport(shared, INFO, AAD, 32)).toEqual(theirs);
});

test.each([
  ['an enc that is no point', { enc: new Uint8Array(65) }],
  ['a short enc', { enc: new Uint8Array(33) }],
  ['an empty seal', { sealed: new Uint8Array(0) }],
  ['a longer seal', { sealed: new Uint8Array(40) }],
])('%s opens to null', (_, change) => {
  const sealed = createSealed(recipient.publicKey, INFO, AAD, PLAINTEXT, seededRandom('null'));
  expect(openSealed(recipient.secretKey, INFO, AAD, { ...sealed, ...change })).toBeNull();
  expect(openSealed(recipient.secretKey, concat(INFO, AAD), AAD, sealed)).toBeNull();
  expect(openSealed(recipient.secretKey, INFO, INFO, sealed)).toBeNull();
});
