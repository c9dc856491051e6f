/** The reading policy against a plain oracle, for random orders, officers and messages (ARCHITECTURE, what must never happen; PROTOCOL 10.3, 12). */
import { compare } from '@countersign/bytes';
import type { Order } from '@countersign/custody';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type MessageFacts, type ShowCase, ShowDecisions } from '../../src/reading/may-show.ts';

const id = (n: number): Uint8Array => new Uint8Array(16).fill(n);
const TERRITORIES = ['AU', 'DE', 'US'];

const readerArbitrary = fc.record({
  agency: fc.integer({ min: 1, max: 3 }),
  purposes: fc.subarray([1, 2, 3], { minLength: 1 }),
  excluded: fc.subarray(TERRITORIES),
});

const caseArbitrary = fc.record({
  officerAgency: fc.integer({ min: 1, max: 3 }),
  mayRead: fc.boolean(),
  isInForce: fc.boolean(),
  agency: fc.integer({ min: 1, max: 3 }),
  purpose: fc.integer({ min: 1, max: 3 }),
  isLive: fc.boolean(),
  readers: fc.uniqueArray(readerArbitrary, { minLength: 1, maxLength: 3, selector: ({ agency }) => agency }),
  excluded: fc.subarray(TERRITORIES),
  isReleased: fc.boolean(),
  recvMs: fc.integer({ min: 998_000, max: 1_002_000 }),
  territories: fc.subarray(TERRITORIES),
  action: fc.constantFrom('display', 'search', 'export'),
});
type Drawn = typeof caseArbitrary extends fc.Arbitrary<infer T> ? T : never;

/** Seldom are all facts in favour: half of the cases are made so that one more fact decides. */
const likely = caseArbitrary.map((drawn) => ({
  ...drawn,
  officerAgency: drawn.readers[0]?.agency ?? 1,
  agency: drawn.readers[0]?.agency ?? 1,
  purpose: drawn.readers[0]?.purposes[0] ?? 1,
  mayRead: true,
  isInForce: true,
  isReleased: true,
}));

const NOT_BEFORE_S = 1_000;

function oracle(drawn: Drawn): boolean {
  const reader = drawn.readers.find(({ agency }) => agency === drawn.agency);
  if (!drawn.mayRead || !drawn.isInForce || !drawn.isReleased || drawn.officerAgency !== drawn.agency) return false;
  if (reader === undefined || !reader.purposes.includes(drawn.purpose)) return false;
  if (drawn.isLive && drawn.recvMs < 1000 * NOT_BEFORE_S) return false;
  const excluded = [...drawn.excluded, ...reader.excluded];
  if (excluded.length === 0) return true;
  return drawn.territories.length > 0 && !drawn.territories.some((territory) => excluded.includes(territory));
}

function askPolicy(drawn: Drawn): boolean {
  const readers = drawn.readers
    .map(({ agency, purposes, excluded }) => ({ agencyId: id(agency), purposes, excludedTerritories: excluded }))
    .sort((a, b) => compare(a.agencyId, b.agencyId));
  const order = {
    mode: drawn.isLive ? 2 : 1,
    notBefore: BigInt(NOT_BEFORE_S),
    readers,
    excludedTerritories: drawn.excluded,
  } as unknown as Order;
  const found: ShowCase = {
    officer: { officerId: id(9), agencyId: id(drawn.officerAgency), mayRead: drawn.mayRead },
    order,
    isInForce: drawn.isInForce,
    agencyId: id(drawn.agency),
    purpose: drawn.purpose,
  };
  const facts: MessageFacts = {
    isReleased: drawn.isReleased,
    recvMs: BigInt(drawn.recvMs),
    territories: new Set(drawn.territories),
  };
  return new ShowDecisions().mayShow(drawn.action as 'display', found, facts);
}

test('policy and oracle agree, and both allow and refuse often enough to be compared', { timeout: 120_000 }, () => {
  let allowed = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.oneof(caseArbitrary, likely), (drawn) => {
      const expected = oracle(drawn);
      if (expected) allowed += 1;
      else refused += 1;
      expect(askPolicy(drawn)).toBe(expected);
    }),
    { numRuns: 4000 },
  );
  expect(allowed).toBeGreaterThan(100);
  expect(refused).toBeGreaterThan(300);
});

test('decisions remembered in a batch are those that would be made alone', { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(likely, fc.array(caseArbitrary, { maxLength: 8 }), (base, others) => {
      const decisions = new ShowDecisions();
      const order = {
        mode: base.isLive ? 2 : 1,
        notBefore: BigInt(NOT_BEFORE_S),
        readers: [],
        excludedTerritories: base.excluded,
      };
      const found = {
        officer: { officerId: id(9), agencyId: id(base.agency), mayRead: true },
        order: {
          ...order,
          readers: [{ agencyId: id(base.agency), purposes: [base.purpose], excludedTerritories: [] }],
        } as unknown as Order,
        isInForce: true,
        agencyId: id(base.agency),
        purpose: base.purpose,
      };
      for (const { isReleased, recvMs, territories } of others) {
        const facts = { isReleased, recvMs: BigInt(recvMs), territories: new Set(territories) };
        expect(decisions.mayShow('display', found, facts)).toBe(new ShowDecisions().mayShow('display', found, facts));
      }
    }),
    { numRuns: 200 },
  );
});
