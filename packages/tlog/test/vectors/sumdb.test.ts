/** Byte equality with the Go checksum database's log, on one tree of 70,000 entries. */
import { readFileSync } from 'node:fs';
import { fromUtf8, toHex } from '@countersign/bytes';
import {
  changedTiles,
  consistencyNodes,
  formatNote,
  formatSignatureLine,
  formatTilePath,
  formatVerifierKey,
  inclusionNodes,
  merkleRoot,
  parseNote,
  parseTilePath,
  parseVerifierKey,
  proveConsistency,
  proveInclusion,
  tileHashReader,
  tilesFor,
  verifyConsistency,
  verifyInclusion,
  verifyNoteSignature,
} from '@countersign/tlog';
import { describe, expect, it } from 'vitest';
import { flip } from '../parties.ts';
import { grow, leafHashes, TileStore } from '../trees.ts';

interface Cross {
  size: number;
  root: string;
  inclusion: { n: number; i: number; root: string; proof: string[] }[];
  consistency: { n: number; m: number; r1: string; r2: string; proof: string[] }[];
  tiles: Record<string, string>;
  notes: { name: string; note: string; vkey: string; valid: boolean }[];
}

const cross: Cross = JSON.parse(readFileSync(new URL('../../../../vectors/data/tlog/sumdb-cross.json', import.meta.url), 'utf8'));
const raw = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const hashes = leafHashes(0, cross.size);
const store = new TileStore();
const tree = grow(hashes, store);

describe('the tree of the Go checksum database', () => {
  it('has its root, computed at once or entry by entry', () => {
    expect(base64(merkleRoot(hashes))).toBe(cross.root);
    expect(base64(tree.head().root)).toBe(cross.root);
  });

  it('has its inclusion proofs, which verify', () => {
    expect(cross.inclusion.length).toBe(150);
    for (const { n, i, root, proof } of cross.inclusion) {
      expect(base64(tree.head(n).root)).toBe(root);
      expect(tree.proveInclusion(i, n).map(base64)).toEqual(proof);
      verifyInclusion(hashes[i] as Uint8Array, i, { size: n, root: raw(root) }, proof.map(raw));
    }
  });

  it('has its consistency proofs, which verify', () => {
    expect(cross.consistency.length).toBe(150);
    for (const { m, n, r1, r2, proof } of cross.consistency) {
      expect(tree.proveConsistency(m, n).map(base64)).toEqual(proof);
      verifyConsistency({ size: m, root: raw(r1) }, { size: n, root: raw(r2) }, proof.map(raw));
    }
  });

  it('has its tiles under the same paths', () => {
    for (const [path, bytes] of Object.entries(cross.tiles)) {
      expect(formatTilePath(parseTilePath(path))).toBe(path);
      expect(base64(store.tiles.get(path) as Uint8Array), path).toBe(bytes);
    }
    const written = new Set(changedTiles(0, cross.size).map(formatTilePath));
    expect(written).toEqual(new Set(store.tiles.keys()));
  });

  it('proves from nothing but the tiles that a proof needs', () => {
    for (const { n, i, proof } of cross.inclusion.slice(0, 40)) {
      const needed = new Map(
        tilesFor(inclusionNodes(i, cross.size), cross.size).map((tile) => [formatTilePath(tile), store.read(tile)]),
      );
      expect(needed.size).toBeLessThanOrEqual(6);
      const read = tileHashReader(cross.size, (tile) => needed.get(formatTilePath(tile)) as Uint8Array);
      verifyInclusion(hashes[i] as Uint8Array, i, tree.head(), proveInclusion(i, cross.size, read));
      expect(proveInclusion(i, n, tileHashReader(cross.size, store.read)).map(base64)).toEqual(proof);
    }
    const { m, n, proof } = cross.consistency[0] as Cross['consistency'][0];
    const tiles = tilesFor(consistencyNodes(m, n), cross.size);
    expect(tiles.length).toBeLessThanOrEqual(8);
    expect(proveConsistency(m, n, tileHashReader(cross.size, store.read)).map(base64)).toEqual(proof);
  });
});

describe('published signed notes', () => {
  for (const { name, note, vkey, valid } of cross.notes) {
    it(`${name}: key, text and signature`, () => {
      expect(valid).toBe(true);
      const key = parseVerifierKey(vkey);
      expect(formatVerifierKey(key)).toBe(vkey);
      const parsed = parseNote(fromUtf8(note));
      expect(toHex(formatNote(parsed))).toBe(toHex(fromUtf8(note)));
      const [line] = parsed.signatures;
      if (line === undefined) throw new Error('no signature');
      expect(note.endsWith(formatSignatureLine(line))).toBe(true);
      verifyNoteSignature(parsed.text, line, key);
      expect(() => verifyNoteSignature(`${parsed.text}x\n`, line, key)).toThrow('signature.invalid');
      const turned = { ...line, signature: flip(line.signature, 7) };
      expect(() => verifyNoteSignature(parsed.text, turned, key)).toThrow('signature.invalid');
    });
  }
});
