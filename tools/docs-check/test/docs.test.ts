/** Every check of the documents finds its planted fault, and leaves the near miss beside it alone. */
import { describe, expect, test } from 'vitest';
import { checkCommands, checkErrorCodes, checkLinks, makeDocuments } from '../src/index.ts';

const FILES = ['packages/bytes/src/index.ts', 'docs/picture.svg'];
const GUIDE = '# Guide\n\n## Start: here\n\n## Again\n\n## Again\n';

function links(text: string): readonly string[] {
  return [...checkLinks(makeDocuments({ 'docs/a.md': text, 'GUIDE.md': GUIDE }, FILES, []))];
}

describe('links', () => {
  test.each([
    ['a file that is not there', '[x](missing.md)', 'docs/a.md:1 missing.md: no such file or folder'],
    ['a file beside the wrong folder', '\n[x](packages/bytes)', 'docs/a.md:2 packages/bytes: no such file or folder'],
    ['a heading that is not there', '[x](../GUIDE.md#stop)', 'docs/a.md:1 ../GUIDE.md#stop: no such heading'],
    ['an own heading that is not there', '# A\n[x](#b)', 'docs/a.md:2 #b: no such heading'],
    ['an image', '![x](none.png)', 'docs/a.md:1 none.png: no such file or folder'],
    ['an HTML image', '<img alt="x" src="none.png">', 'docs/a.md:1 none.png: no such file or folder'],
    ['a definition', '[x]: none.md', 'docs/a.md:1 none.md: no such file or folder'],
    [
      'a path from the root',
      '[x](/GUIDE.md)',
      'docs/a.md:1 /GUIDE.md: a path from the root works on one host only: write it relative',
    ],
  ])('finds %s', (_, text, expected) => {
    expect(links(text)).toEqual([expected]);
  });

  test.each([
    ['a file', '[x](../packages/bytes/src/index.ts)'],
    ['a folder', '[x](../packages/bytes/) [y](../packages)'],
    ['a picture', '![x](picture.svg "title")'],
    ['a heading', '[x](../GUIDE.md#start-here) [y](../GUIDE.md#again-1)'],
    ['another host', '[x](https://example.org/missing.md) [y](mailto:a@example.org)'],
    ['an example', '```\n[x](missing.md)\n```\nand `[x](missing.md)`'],
  ])('follows %s', (_, text) => {
    expect(links(text)).toEqual([]);
  });
});

describe('commands', () => {
  test('finds a script that is not there', () => {
    const documents = makeDocuments({ 'README.md': 'Type\n`npm run fly` or `npm start`' }, [], ['build']);
    expect([...checkCommands(documents)]).toEqual([
      'README.md:2 npm run fly: package.json has no such script',
      'README.md:2 npm start: package.json has no such script',
    ]);
  });

  test('leaves existing ones alone', () => {
    const documents = makeDocuments(
      { 'README.md': '`npm run bench -- x`, `npm test`, `npm run lint:fix`' },
      [],
      ['bench', 'test', 'lint:fix'],
    );
    expect([...checkCommands(documents)]).toEqual([]);
  });
});

describe('error codes', () => {
  test('finds a thrown code that is not explained', () => {
    expect([...checkErrorCodes('| `order.expired` |', ['order.expired', 'order.revoked'])]).toEqual([
      'PROTOCOL.md:1 order.revoked: thrown, but not explained',
    ]);
  });

  test('finds an explained code that does not exist', () => {
    expect([...checkErrorCodes('\n| `order.expired` | `order.lost` |', ['order.expired'])]).toEqual([
      'PROTOCOL.md:2 order.lost: explained, but not in the closed list',
    ]);
  });

  test('leaves names of files and other domains alone', () => {
    expect([...checkErrorCodes('`order.expired` `order.ts` `voucher.used`', ['order.expired'])]).toEqual([]);
  });
});
