/** The forms of notes, keys, checkpoints, tiles and bundles, clause by clause. */
import { concat, fromUtf8, toUtf8 } from '@countersign/bytes';
import {
  changedBundles,
  changedTiles,
  createNoteSignature,
  deriveSignerKey,
  deriveVerifierKey,
  formatEntryBundle,
  formatNote,
  formatSignerKey,
  formatTilePath,
  formatVerifierKey,
  LOG_KEY,
  parseCheckpoint,
  parseEntryBundle,
  parseNote,
  parseProofFile,
  parseSignerKey,
  parseTilePath,
  parseVerifierKey,
  verifyTileFits,
  WITNESS_KEY,
  widthIn,
} from '@countersign/tlog';
import { describe, expect, it } from 'vitest';
import { logKey, seed, witnessed } from '../parties.ts';
import { grow, leafHashes } from '../trees.ts';

const SIGNATURE = '\u2014 k AAAAAAE=\n';
const note = (text: string): unknown => parseNote(fromUtf8(text));

describe('signed note', () => {
  it('is split at its last blank line', () => {
    expect(parseNote(fromUtf8(`a\n\nb\n\n${SIGNATURE}`)).text).toBe('a\n\nb\n');
    expect(parseNote(fromUtf8(`\n\n${SIGNATURE}`)).text).toBe('\n');
  });

  it('keeps its bytes', () => {
    const bytes = fromUtf8(`Ognuno sta solo\n\n\u00e8 subito sera.\n\n${SIGNATURE}${SIGNATURE}`);
    expect(formatNote(parseNote(bytes))).toEqual(bytes);
  });

  it.each([
    ['no blank line', `a\n${SIGNATURE}`],
    ['no signature', 'a\n\n'],
    ['no final newline', `a\n\n${SIGNATURE.trimEnd()}`],
    ['a control character in the text', `a\tb\n\n${SIGNATURE}`],
    ['a carriage return', `a\r\n\n${SIGNATURE}`],
    ['a hyphen for the dash', 'a\n\n- k AAAAAAE=\n'],
    ['a name with a no-break space', 'a\n\n\u2014 k\u00a0k AAAAAAE=\n'],
    ['a name with a plus', 'a\n\n\u2014 k+ AAAAAAE=\n'],
    ['no name', 'a\n\n\u2014  AAAAAAE=\n'],
    ['a key id and nothing else', 'a\n\n\u2014 k AAAAAA==\n'],
    ['base64 with bits to spare', 'a\n\n\u2014 k AAAAAAF=\n'],
    ['base64 without padding', 'a\n\n\u2014 k AAAAAAE\n'],
    ['more than a hundred signatures', `a\n\n${SIGNATURE.repeat(101)}`],
  ])('is refused with %s', (_, text) => {
    expect(() => note(text)).toThrow('note.malformed');
  });

  it('is refused when it is no UTF-8', () => {
    expect(() => parseNote(concat(Uint8Array.of(0xff), fromUtf8(`\n\n${SIGNATURE}`)))).toThrow('note.malformed');
  });

  it('of a hundred signatures is read', () => {
    expect(parseNote(fromUtf8(`a\n\n${SIGNATURE.repeat(100)}`)).signatures).toHaveLength(100);
  });

  it('is not signed with a key of another use, nor over a text that no note can carry', () => {
    expect(() => createNoteSignature('a\n', deriveSignerKey('w', WITNESS_KEY, seed(9)))).toThrow(RangeError);
    expect(() => createNoteSignature('a', logKey)).toThrow(RangeError);
  });
});

describe('keys', () => {
  it('travel as text', () => {
    for (const type of [LOG_KEY, WITNESS_KEY] as const) {
      const key = deriveSignerKey('example.com/foo', type, seed(7));
      expect(parseSignerKey(formatSignerKey(key))).toEqual(key);
      expect(parseVerifierKey(formatVerifierKey(key))).toEqual(deriveVerifierKey(key.name, type, key.publicKey));
    }
  });

  it('have another id for another use, so that one use cannot stand for the other', () => {
    const publicKey = logKey.publicKey;
    expect(deriveVerifierKey('n', LOG_KEY, publicKey).keyId).not.toBe(deriveVerifierKey('n', WITNESS_KEY, publicKey).keyId);
  });

  it.each([
    ['a changed id', 'example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    ['an id in capitals', 'example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    ['another name', 'example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    ['an unknown type', 'example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'],
    ['a short key', 'example.com/foo+530d903a+AekyeRrm'],
    ['no parts', 'example.com/foo'],
  ])('are refused with %s', (_, text) => {
    expect(() => parseVerifierKey(text)).toThrow('key.malformed');
    expect(() => parseSignerKey(text)).toThrow('key.malformed');
    expect(() => parseSignerKey(`PRIVATE+KEY+${text}`)).toThrow('key.malformed');
  });
});

describe('checkpoint text', () => {
  const root = 'Cc9ccoDMYwSnBd2Uo1xMkIsXhbXobL0h8NHZLbvBz/A=';
  const parse = (text: string): unknown => parseCheckpoint(fromUtf8(`${text}\n\n${SIGNATURE}`));

  it('is origin, size and root', () => {
    expect(parse(`o\n20\n${root}`)).toMatchObject({ origin: 'o', size: 20 });
    expect(parse(`o\n0\n${root}`)).toMatchObject({ size: 0 });
    expect(parse(`o\n9007199254740991\n${root}`)).toMatchObject({ size: 2 ** 53 - 1 });
  });

  it.each([
    ['a leading zero', `o\n020\n${root}`],
    ['a sign', `o\n+20\n${root}`],
    ['no size', `o\n\n${root}`],
    ['a size beyond 2^53', `o\n9007199254740992\n${root}`],
    ['an exponent', `o\n2e1\n${root}`],
    ['an extension line', `o\n20\n${root}\nmore`],
    ['no root', 'o\n20'],
    ['a root of 31 bytes', `o\n20\n${'A'.repeat(40)}AA==`],
    ['no origin', `\n20\n${root}`],
  ])('is refused with %s', (_, text) => {
    expect(() => parse(text)).toThrow('log.checkpoint_invalid');
  });
});

describe('tile paths', () => {
  it.each([
    ['tile/0/x001/234.p/5', { level: 0, index: 1234, width: 5 }],
    ['tile/2/x001/x234/067', { level: 2, index: 1_234_067, width: 256 }],
    ['tile/63/000.p/255', { level: 63, index: 0, width: 255 }],
    ['tile/entries/x123/000', { level: 'entries', index: 123_000, width: 256 }],
  ] as const)('%s', (path, tile) => {
    expect(parseTilePath(path)).toEqual(tile);
    expect(formatTilePath(tile)).toBe(path);
  });

  it.each([
    'tile/0/x000/001',
    'tile/00/001',
    'tile/64/001',
    'tile/0/1',
    'tile/0/x001',
    'tile/0/001/002',
    'tile/0/001.p/0',
    'tile/0/001.p/256',
    'tile/0/001.p/05',
    'tile/0/001.p/',
    'tile/data/001',
    '/tile/0/001',
    'tile/0/001/',
    'tile/0/../001',
    'tile/0/x999/x999/x999/x999/x999/999',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
  ])('%s is no path', (path) => {
    expect(() => parseTilePath(path)).toThrow('tile.path_invalid');
  });
});

describe('tiles of a tree', () => {
  it('of 70,000 entries: 273 full and one of 112, one full and one of 17, one of 1', () => {
    expect([widthIn(70_000, 0, 272), widthIn(70_000, 0, 273), widthIn(70_000, 0, 274)]).toEqual([256, 112, 0]);
    expect([widthIn(70_000, 1, 0), widthIn(70_000, 1, 1), widthIn(70_000, 2, 0), widthIn(70_000, 3, 0)]).toEqual([256, 17, 1, 0]);
  });

  it('of 256 entries: one full and one of 1 above it', () => {
    expect(changedTiles(0, 256).map(formatTilePath)).toEqual(['tile/0/000', 'tile/1/000.p/1']);
  });

  it('change where entries are added, bundles too', () => {
    expect(changedTiles(255, 255)).toEqual([]);
    expect(changedTiles(254, 258).map(formatTilePath)).toEqual(['tile/0/000', 'tile/0/001.p/2', 'tile/1/000.p/1']);
    expect(changedTiles(256, 300).map(formatTilePath)).toEqual(['tile/0/001.p/44']);
    expect(changedBundles(254, 258).map(formatTilePath)).toEqual(['tile/entries/000', 'tile/entries/001.p/2']);
  });

  it('are never wider than the tree', () => {
    expect(verifyTileFits({ level: 0, index: 1, width: 44 }, 300)).toMatchObject({ width: 44 });
    for (const tile of [
      { level: 0, index: 1, width: 45 },
      { level: 0, index: 2, width: 1 },
      { level: 1, index: 0, width: 2 },
      { level: 'entries', index: 1, width: 256 },
    ] as const) {
      expect(() => verifyTileFits(tile, 300)).toThrow('tile.too_wide');
    }
  });
});

describe('entry bundles', () => {
  const entries = [fromUtf8('one'), new Uint8Array(0), new Uint8Array(65_535).fill(7)];

  it('hold entries behind their lengths', () => {
    expect(formatEntryBundle([fromUtf8('one')])).toEqual(concat(Uint8Array.of(0, 3), fromUtf8('one')));
    expect(parseEntryBundle(formatEntryBundle(entries), 3)).toEqual(entries);
  });

  it('hold no entry above 65,535 bytes', () => {
    expect(() => formatEntryBundle([new Uint8Array(65_536)])).toThrow('log.entry_too_large');
  });

  it('are refused when cut, or with an entry more or less than their width', () => {
    const bytes = formatEntryBundle(entries);
    expect(() => parseEntryBundle(bytes.subarray(0, -1), 3)).toThrow('bundle.malformed');
    expect(() => parseEntryBundle(bytes, 2)).toThrow('bundle.malformed');
    expect(() => parseEntryBundle(bytes, 4)).toThrow('bundle.malformed');
    expect(() => parseEntryBundle(Uint8Array.of(0), 1)).toThrow('bundle.malformed');
  });
});

describe('proof files', () => {
  const checkpoint = toUtf8(witnessed(grow(leafHashes(0, 1)).head())) ?? '';
  it.each([
    ['another first line', `c2sp.org/tlog-proof@v2\nindex 0\n\n${checkpoint}`],
    ['no index', `c2sp.org/tlog-proof@v1\n\n${checkpoint}`],
    ['an index with a leading zero', `c2sp.org/tlog-proof@v1\nindex 00\n\n${checkpoint}`],
    ['extra after the index', `c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n${checkpoint}`],
    ['extra that is no base64', `c2sp.org/tlog-proof@v1\nextra ?\nindex 0\n\n${checkpoint}`],
    ['a hash of 31 bytes', `c2sp.org/tlog-proof@v1\nindex 0\n${'A'.repeat(40)}AA==\n\n${checkpoint}`],
    ['64 hashes', `c2sp.org/tlog-proof@v1\nindex 0\n${`${'A'.repeat(43)}=\n`.repeat(64)}\n${checkpoint}`],
    ['no blank line', 'c2sp.org/tlog-proof@v1\nindex 0\n'],
  ])('are refused with %s', (_, text) => {
    expect(() => parseProofFile(fromUtf8(text))).toThrow('proof.malformed');
  });
});
