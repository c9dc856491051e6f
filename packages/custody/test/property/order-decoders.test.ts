/** Whatever bytes arrive: a decoder of orders, entries and certificates gives one of our codes, or a value of exactly those bytes. */
import { Ac1Error, type Codec, decode, encode, equal } from '@countersign/bytes';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  annexCodec,
  authorisationCodec,
  certBodyCodec,
  certRevocationCodec,
  commit,
  createCertRevocation,
  createEvidenceManifest,
  createKeyDestroyed,
  createReadEvent,
  createReceipt,
  createReleaseRequest,
  createRevocation,
  createSealedOpening,
  Decision,
  deriveSummary,
  deviceTerritoryCodec,
  EntryType,
  encodeSecretPayload,
  evidenceManifestCodec,
  extensionCodec,
  keyDestroyedCodec,
  logEntryCodec,
  openingCodec,
  orderCodec,
  orderHash,
  orderSummaryCodec,
  profileCodec,
  readEventCodec,
  receiptCodec,
  releaseCodec,
  releaseRequestCodec,
  releasesBodyCodec,
  revocationCodec,
  sealedOpeningCodec,
  statementCodec,
  verifySecret,
} from '../../src/index.ts';
import { agencies, annex, bytesOf, Court, liveWarrant, networkId, officerIdOf, profile, randomOf } from '../court.ts';
import { signWithPasskey } from '../passkey.ts';
import { createSampleRelease } from '../release-sample.ts';

const STRINGS = 100_000;
const STRINGS_A_RUN = 1000;
const TIMEOUT_MS = 120_000;

const order = liveWarrant();
const court = new Court();
const approval = court.decisionOf(order, 'judge 1');
const about = { orderHash: orderHash(order), grantId: bytesOf('grant'), agencyId: agencies.de.id, time: 5n };
const request = {
  requestId: bytesOf('request', 16),
  orderHash: orderHash(order),
  agencyId: agencies.de.id,
  purpose: 1,
  officerId: officerIdOf('detective'),
  grantIds: [bytesOf('grant')],
  time: 5n,
};
const territory = {
  networkId,
  deviceId: bytesOf('device', 16),
  territory: 'DE',
  dayFrom: 1,
  dayTo: 2,
  issued: 1n,
  sig: new Uint8Array(64),
};
const manifest = {
  manifestId: bytesOf('manifest', 16),
  orderHash: orderHash(order),
  agencyId: agencies.de.id,
  officerId: officerIdOf('detective'),
  grants: [{ grantId: bytesOf('grant'), logIndex: 1n, kCommit: bytesOf('k'), indices: [1, 2] }],
  items: [{ msgId: bytesOf('msg', 16), envHash: bytesOf('env'), stampIndex: 2n, contentHash: bytesOf('content') }],
  proofs: [bytesOf('proof')],
  time: 5n,
};
const seed = bytesOf('signer');
const secret = { salt: bytesOf('salt'), payload: encodeSecretPayload(EntryType.order, bytesOf('body')) };
const [certEntry] = [3n, 12n].map((index) => court.log.entryAt(index));

// biome-ignore lint/suspicious/noExplicitAny: a table of codecs of any type
const cases: readonly (readonly [string, Codec<any>, Uint8Array])[] = [
  ['NetworkProfile', profileCodec, encode(profileCodec, profile)],
  ['Annex', annexCodec, encode(annexCodec, annex)],
  ['certificate', certBodyCodec, certEntry?.form === 0 ? certEntry.payload : new Uint8Array(1)],
  [
    'CertRevocation',
    certRevocationCodec,
    encode(certRevocationCodec, createCertRevocation({ networkId, kind: 2, id: bytesOf('id', 16), from: 3n, reason: 1 }, seed)),
  ],
  ['DeviceTerritory', deviceTerritoryCodec, encode(deviceTerritoryCodec, territory)],
  ['Order', orderCodec, encode(orderCodec, order)],
  ['Authorisation', authorisationCodec, encode(authorisationCodec, approval)],
  [
    'Authorisation by passkey',
    authorisationCodec,
    encode(authorisationCodec, signWithPasskey({ ...approval, decision: Decision.approve })),
  ],
  [
    'Revocation',
    revocationCodec,
    encode(
      revocationCodec,
      createRevocation({ orderHash: orderHash(order), officerId: bytesOf('o', 16), role: 3, reason: 1, time: 1n }, seed),
    ),
  ],
  ['Extension', extensionCodec, encode(extensionCodec, { order, authorisations: [approval] })],
  ['OrderSummary', orderSummaryCodec, encode(orderSummaryCodec, deriveSummary(order))],
  ['LogEntry', logEntryCodec, encode(logEntryCodec, court.log.entryAt(0n))],
  ['Opening', openingCodec, encode(openingCodec, { index: 1n, ...secret })],
  [
    'SealedOpening',
    sealedOpeningCodec,
    encode(sealedOpeningCodec, createSealedOpening(1n, secret, agencies.de.gateway.publicKey, randomOf('seal'))),
  ],
  ['ReleaseRequest', releaseRequestCodec, encode(releaseRequestCodec, createReleaseRequest(request, seed))],
  ['Release', releaseCodec, encode(releaseCodec, createSampleRelease())],
  ['list of releases', releasesBodyCodec, encode(releasesBodyCodec, [bytesOf('a'), bytesOf('b')])],
  ['Receipt', receiptCodec, encode(receiptCodec, createReceipt({ ...about, indices: [1, 2], kCommit: bytesOf('k') }, seed))],
  [
    'ReadEvent',
    readEventCodec,
    encode(
      readEventCodec,
      createReadEvent(
        {
          ...about,
          officerId: officerIdOf('detective'),
          purpose: 1,
          action: 1,
          msgIds: [bytesOf('m', 16)],
          prevEvent: new Uint8Array(32),
        },
        seed,
      ),
    ),
  ],
  [
    'KeyDestroyed',
    keyDestroyedCodec,
    encode(
      keyDestroyedCodec,
      createKeyDestroyed({ custodyKeyId: bytesOf('key'), shareGen: 1, index: 1, method: 1, time: 1n }, seed),
    ),
  ],
  ['EvidenceManifest', evidenceManifestCodec, encode(evidenceManifestCodec, createEvidenceManifest(manifest, seed))],
  ['Statement', statementCodec, encode(statementCodec, { kind: bytesOf('kind', 8), body: bytesOf('body') })],
];

/** A fast generator: `next()` is 32 pseudo-random bits. */
function generator(start: number): () => number {
  let state = start >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Half noise, half the sample with some bytes changed, cut or added: noise alone would hardly pass the version. */
function enemyBytes(sample: Uint8Array, next: () => number): Uint8Array {
  if (next() % 2 === 0) return Uint8Array.from({ length: next() % 200 }, () => next());
  const cut = [0, 0, 0, -1, 1, -(next() % 50)][next() % 6] as number;
  const length = Math.max(0, sample.length + cut);
  const bytes = new Uint8Array(length);
  bytes.set(sample.subarray(0, length));
  for (let changes = next() % 4; changes > 0; changes--) bytes[next() % Math.max(1, length)] = next();
  return bytes;
}

function checkDecoder(codec: Codec<unknown>, bytes: Uint8Array): void {
  let value: unknown;
  try {
    value = decode(codec, bytes);
  } catch (error) {
    if (error instanceof Ac1Error) return;
    throw error;
  }
  if (!equal(encode(codec, value), bytes)) throw new Error('a second encoding of one value');
}

describe(`${STRINGS} enemy strings to each decoder`, () => {
  beforeAll(() => {
    Error.stackTraceLimit = 0; // a stack for each refusal would take most of the time
  });

  for (const [name, codec, sample] of cases)
    test(
      name,
      () => {
        expect(equal(encode(codec, decode(codec, sample)), sample)).toBe(true);
        fc.assert(
          fc.property(fc.integer(), (start) => {
            const next = generator(start);
            for (let i = 0; i < STRINGS_A_RUN; i++) checkDecoder(codec, enemyBytes(sample, next));
          }),
          { numRuns: STRINGS / STRINGS_A_RUN },
        );
      },
      TIMEOUT_MS,
    );

  test(
    'SecretPayload',
    () => {
      const entry = { ...(court.log.entryAt(0n) as object), type: EntryType.order, form: 1 as const };
      fc.assert(
        fc.property(fc.integer(), (start) => {
          const next = generator(start);
          for (let i = 0; i < 100; i++) {
            const payload = enemyBytes(secret.payload, next);
            const committed = { ...entry, commitment: commit(secret.salt, payload) };
            const bytes = { salt: secret.salt, payload };
            try {
              const body = verifySecret(committed as Parameters<typeof verifySecret>[0], bytes);
              if (!equal(encodeSecretPayload(EntryType.order, body), payload)) throw new Error('a second payload of one body');
            } catch (error) {
              if (!(error instanceof Ac1Error)) throw error;
            }
          }
        }),
        { numRuns: 1000 },
      );
    },
    TIMEOUT_MS,
  );
});
