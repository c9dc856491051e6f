/** Every rule of the pack that comes with the software holds on its own examples, both ways. */
import { describe, expect, test } from 'vitest';
import { BUILT_IN_PACK, parseRulePack, Triager } from '../../src/index.ts';

const triager = new Triager(parseRulePack(BUILT_IN_PACK));

describe.each(triager.pack.rules.map((rule) => [rule.id, rule] as const))('%s', (_id, rule) => {
  test.each(rule.examples.map(({ text, fires }) => [fires ? 'fires on' : 'is silent on', text, fires] as const))(
    '%s "%s"',
    (_verb, text, fires) => {
      const own = triager.triage(text).firings.filter((firing) => firing.rule === rule.id);
      expect(own.length > 0).toBe(fires);
    },
  );
});

test('a firing shows the words that it rests on', () => {
  const text = 'Kill the witness before the trial';
  const { firings, threatLevel } = triager.triage(text);
  const shown = firings.flatMap(({ evidence }) => evidence.map(({ start, end }) => text.slice(start, end).toLowerCase()));
  expect(threatLevel).not.toBe('none');
  expect(shown).toContain('trial');
  expect(firings.every(({ why }) => why !== '')).toBe(true);
});

test('a negation cancels a threat, but not over a comma', () => {
  expect(triager.triage('He will not kill the witness tonight').categories).not.toContain('threat_to_life');
  expect(triager.triage('He does not pay, kill the witness tonight').categories).toContain('threat_to_life');
});
