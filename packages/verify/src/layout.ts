/** Where each part of an evidence file lies, and back (docs/evidence.md). */
import { concat, decode, ensure, fromHex, fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { parseEnvelope, releaseCodec } from '@countersign/custody';
import type { Members } from './container.ts';
import type { EvidenceEntry, EvidenceEnvelope, EvidenceParts, EvidenceRelease, WithheldEnvelope } from './parts.ts';
import { README } from './readme.ts';

const SALT_BYTES = 32;
const HASH_BYTES = 32;
const HEADER_BYTES = 94;
const SIG_BYTES = 64;
const WITHHELD_BYTES = HEADER_BYTES + 3 * HASH_BYTES + SIG_BYTES;
const SUMS = 'SHA256SUMS';

/** All members but SHA256SUMS, by name. */
export function layOut(parts: EvidenceParts): Map<string, Uint8Array> {
  const members = new Map<string, Uint8Array>();
  const put = (name: string, bytes: Uint8Array): void => {
    if (members.has(name)) throw new RangeError(`two parts for ${name}`);
    members.set(name, bytes);
  };
  put('README.txt', fromUtf8(README));
  put('root-key.txt', fromUtf8(`${toHex(parts.rootKey)}\n`));
  put('manifest.bin', parts.manifest);
  put('annex.bin', parts.annex);
  for (const { index, entry, secret, proof } of parts.entries) {
    put(`log/${index}.entry`, entry);
    put(`log/${index}.tlog-proof`, proof);
    if (secret !== null) put(`log/${index}.opening`, concat(secret.salt, secret.payload));
  }
  for (const { index, roster } of parts.rosters) put(`rosters/${index}.roster`, roster);
  for (const { index, envHashes } of parts.batches) put(`batches/${index}.env-hashes`, concat(...envHashes));
  for (const { release, share } of parts.releases) {
    const { grantId, index } = decode(releaseCodec, release).context;
    put(`releases/${toHex(grantId)}/${index}.release`, release);
    put(`releases/${toHex(grantId)}/${index}.share`, share);
  }
  for (const { envelope, stamp } of parts.envelopes) {
    const { grantId, seq } = parseEnvelope(envelope).hdr;
    put(`envelopes/${toHex(grantId)}/${seq}.envelope`, envelope);
    put(`envelopes/${toHex(grantId)}/${seq}.stamp`, stamp);
  }
  for (const { hdr, kc, ctHash, wrapHash, sig } of parts.withheld) {
    const { grantId, seq } = placeOf(hdr);
    put(`envelopes/${toHex(grantId)}/${seq}.withheld`, concat(hdr, kc, ctHash, wrapHash, sig));
  }
  return members;
}

/** Adds the list of checksums, which any `sha256sum -c` can check. */
export function withSums(members: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const lines = [...members.keys()].sort().map((name) => `${toHex(crypto.sha256(members.get(name) as Uint8Array))}  ${name}\n`);
  return new Map([...members, [SUMS, fromUtf8(lines.join(''))]]);
}

/** `evidence.incomplete` for a member that the list names and the file lacks, `evidence.invalid` for one that differs or is not listed. */
export function verifySums(members: Members): void {
  const sums = members.get(SUMS);
  ensure(sums !== undefined, 'evidence.incomplete');
  const listed = new Set<string>();
  for (const line of (toUtf8(sums) ?? '').split('\n').slice(0, -1)) {
    const [, hash = '', name = ''] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    const bytes = members.get(name);
    ensure(name !== '', 'evidence.invalid');
    ensure(bytes !== undefined, 'evidence.incomplete', { member: name });
    ensure(toHex(crypto.sha256(bytes)) === hash, 'evidence.invalid', { member: name });
    listed.add(name);
  }
  ensure(listed.size === members.size - 1, 'evidence.invalid');
}

/** The parts of these members; a name without a place is `evidence.invalid`, half of a pair `evidence.incomplete`. Nothing is verified. */
export function readParts(members: Members): EvidenceParts {
  const take = new Taker(members);
  take.bytes('README.txt');
  take.bytes(SUMS);
  const rootText = toUtf8(take.bytes('root-key.txt')) ?? '';
  ensure(/^[0-9a-f]{64}\n$/.test(rootText), 'evidence.invalid');
  const manifest = take.bytes('manifest.bin');
  const annex = take.bytes('annex.bin');
  const entries = take.all(/^log\/(0|[1-9]\d{0,15})\.entry$/).map(([name, [index]]): EvidenceEntry => {
    const opening = take.optional(name.replace('.entry', '.opening'));
    const proof = take.bytes(name.replace('.entry', '.tlog-proof'));
    return {
      index: BigInt(index as string),
      entry: take.bytes(name),
      secret: opening === null ? null : splitOpening(opening),
      proof,
    };
  });
  const rosters = take.all(/^rosters\/(0|[1-9]\d{0,15})\.roster$/).map(([name, [index]]) => ({
    index: BigInt(index as string),
    roster: take.bytes(name),
  }));
  const batches = take.all(/^batches\/(0|[1-9]\d{0,15})\.env-hashes$/).map(([name, [index]]) => ({
    index: BigInt(index as string),
    envHashes: splitHashes(take.bytes(name)),
  }));
  const releases = take.all(/^releases\/([0-9a-f]{64})\/([1-9]\d?)\.release$/).map(([name]): EvidenceRelease => {
    return { release: take.bytes(name), share: take.bytes(name.replace('.release', '.share')) };
  });
  const envelopes = take.all(/^envelopes\/([0-9a-f]{64})\/([1-9]\d{0,9})\.envelope$/).map(([name]): EvidenceEnvelope => {
    return { envelope: take.bytes(name), stamp: take.bytes(name.replace('.envelope', '.stamp')) };
  });
  const withheld = take
    .all(/^envelopes\/([0-9a-f]{64})\/([1-9]\d{0,9})\.withheld$/)
    .map(([name]) => splitWithheld(take.bytes(name)));
  take.ensureDone();
  const parts = { rootKey: fromHex(rootText.trim()), manifest, annex, entries, rosters, batches, releases, envelopes, withheld };
  ensureInPlace(parts, members);
  return parts;
}

/** Grant and place in its chain, from the bytes of a header. */
export function placeOf(hdr: Uint8Array): { readonly grantId: Uint8Array; readonly seq: number } {
  const grantId = hdr.subarray(18, 50);
  return { grantId, seq: new DataView(hdr.buffer, hdr.byteOffset).getUint32(50) };
}

/** A release or an envelope under another's name could hide that one is missing. */
function ensureInPlace(parts: EvidenceParts, members: Members): void {
  const laidOut = layOut(parts);
  const isSame = [...laidOut.keys()].every((name) => members.has(name)) && laidOut.size === members.size - 1;
  ensure(isSame, 'evidence.invalid');
}

function splitOpening(bytes: Uint8Array): { salt: Uint8Array; payload: Uint8Array } {
  ensure(bytes.length > SALT_BYTES, 'evidence.invalid');
  return { salt: bytes.subarray(0, SALT_BYTES), payload: bytes.subarray(SALT_BYTES) };
}

function splitHashes(bytes: Uint8Array): Uint8Array[] {
  ensure(bytes.length % HASH_BYTES === 0, 'evidence.invalid');
  return Array.from({ length: bytes.length / HASH_BYTES }, (_, i) => bytes.subarray(HASH_BYTES * i, HASH_BYTES * (i + 1)));
}

function splitWithheld(bytes: Uint8Array): WithheldEnvelope {
  ensure(bytes.length === WITHHELD_BYTES, 'evidence.invalid');
  const hash = (i: number): Uint8Array => bytes.subarray(HEADER_BYTES + HASH_BYTES * i, HEADER_BYTES + HASH_BYTES * (i + 1));
  const hdr = bytes.subarray(0, HEADER_BYTES);
  return { hdr, kc: hash(0), ctHash: hash(1), wrapHash: hash(2), sig: bytes.subarray(-SIG_BYTES) };
}

/** Hands out members and knows which were asked for. */
class Taker {
  readonly #members: Members;
  readonly #taken = new Set<string>();

  constructor(members: Members) {
    this.#members = members;
  }

  bytes(name: string): Uint8Array {
    const bytes = this.optional(name);
    ensure(bytes !== null, 'evidence.incomplete', { member: name });
    return bytes;
  }

  optional(name: string): Uint8Array | null {
    this.#taken.add(name);
    return this.#members.get(name) ?? null;
  }

  all(pattern: RegExp): [string, string[]][] {
    return [...this.#members.keys()].flatMap((name): [string, string[]][] => {
      const match = pattern.exec(name);
      return match === null ? [] : [[name, match.slice(1)]];
    });
  }

  ensureDone(): void {
    const isStray = [...this.#members.keys()].some((name) => !this.#taken.has(name));
    ensure(!isStray, 'evidence.invalid');
  }
}
