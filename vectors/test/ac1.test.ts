/** Our implementation against every case of ac1.json, and the file against PROTOCOL 17. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ac1Ops, parseVectorFile, runCase } from '../src/index.ts';

const file = parseVectorFile(readFileSync(new URL('../data/ac1.json', import.meta.url), 'utf8'));

describe('AC1 vectors', () => {
  for (const [section, cases] of file.sections) {
    test(`${section}: ${cases.length} cases`, () => {
      const failures = cases.flatMap((entry) => {
        const reason = runCase(ac1Ops, entry);
        return reason === null ? [] : [`${entry.name}: ${reason}`];
      });
      expect(failures).toEqual([]);
      expect(cases).toHaveLength(file.counts[section] as number);
    });
  }
});

/** The first column of the table of ops in PROTOCOL 17. */
function opsOfProtocol(): string[] {
  const protocol = readFileSync(new URL('../../PROTOCOL.md', import.meta.url), 'utf8');
  const section = protocol.slice(protocol.indexOf('\n## 17.'), protocol.indexOf('\n## 18.'));
  const table = section.slice(section.search(/^\| op +\|/m));
  const cells = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map((row) => row[1] as string);
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z0-9_]+)`/g)].map((name) => name[1] as string));
}

test('every op of PROTOCOL 17 exists, no other does, and each has a case', () => {
  const named = opsOfProtocol().sort();
  expect(named).toHaveLength(51);
  expect(Object.keys(ac1Ops).sort()).toEqual(named);
  expect([...new Set([...file.sections.values()].flat().map(({ op }) => op))].sort()).toEqual(named);
});
