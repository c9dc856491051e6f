/** The chain as a test: what `npm run chain` prints is here looked at piece by piece. */
import { readFileSync } from 'node:fs';
import { equal } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { type ChainResult, runChain, startOfStory } from '../src/chain/chain.ts';
import { Checks } from '../src/chain/checks.ts';
import { type Conversation, membersOf, parseConversations } from '../src/chain/conversations.ts';
import { Printer } from '../src/chain/print.ts';

const TIMEOUT_MS = 120_000;
const bundled = parseConversations(readFileSync(new URL('../data/conversations.jsonl', import.meta.url), 'utf8'));

const printed: string[] = [];
let result: ChainResult;

function run(conversations: readonly Conversation[], lines: string[] = []): Promise<ChainResult> {
  const print = new Printer((line) => lines.push(line), false);
  return runChain(conversations, { now: startOfStory(Math.floor(Date.now() / 1000)), random: crypto.randomBytes, print });
}

beforeAll(async () => {
  result = await run(bundled, printed);
}, TIMEOUT_MS);

afterEach(() => {
  vi.useRealTimers();
});

test('five custodians compute one transcript', () => {
  expect(result.transcriptHashes).toHaveLength(5);
  expect(new Set(result.transcriptHashes).size).toBe(1);
});

test('every line is read by every other member, as it was typed', () => {
  expect(result.talks).toHaveLength(bundled.length);
  for (const [i, talk] of result.talks.entries()) {
    const conversation = bundled[i] as Conversation;
    expect(talk.lines.map(({ text }) => text)).toEqual(conversation.messages.map(({ text }) => text));
    for (const { from, text, readBy } of talk.lines) {
      const others = membersOf(conversation).filter((name) => name !== from);
      expect(readBy).toEqual(others.map((name) => ({ name, text: text.normalize('NFC') })));
    }
  }
});

test('the relay sees sizes that do not tell the length of a short text', () => {
  const sizes = result.talks.flatMap(({ lines }) => lines.map(({ envelopeBytes }) => envelopeBytes));
  expect(new Set(sizes).size).toBe(1);
});

test('the reader reads the scopes of every second conversation and of no other', () => {
  expect(result.coveredIds).toEqual(bundled.filter((_, i) => i % 2 === 0).map(({ id }) => id));
  const covered = result.talks.filter(({ id }) => result.coveredIds.includes(id));
  const readIn = (groupId: Uint8Array) => result.read.filter(({ grant }) => equal(grant.scope.groupId, groupId));
  for (const { groupId, lines } of covered) {
    const texts = readIn(groupId).flatMap((scope) => scope.texts);
    expect(texts.toSorted()).toEqual(lines.map(({ text }) => text.normalize('NFC')).toSorted());
  }
  for (const { id, groupId } of result.talks) {
    if (!result.coveredIds.includes(id)) expect(readIn(groupId)).toEqual([]);
  }
});

test('each scope was opened by three custodians', () => {
  expect(result.read.length).toBeGreaterThan(0);
  for (const { used } of result.read) expect(used).toEqual([1, 3, 5]);
});

test('what must be refused is refused, each with its code', () => {
  const refused = result.checks.filter(({ expected }) => expected !== 'ok');
  expect(refused.map(({ found }) => found)).toEqual(refused.map(({ expected }) => expected));
  expect(refused.map(({ expected }) => expected)).toEqual([
    'envelope.replayed',
    'envelope.wrap_invalid',
    'envelope.wrap_mismatch',
    'grant.commit_mismatch',
    'grant.proof_invalid',
    'log.handle_invalid',
    'log.handle_invalid',
    'order.not_authorised',
    'log.not_included',
    'log.not_witnessed',
    'order.day_not_over',
    'order.scope_not_covered',
    'grant.proof_invalid',
    'order.scope_not_covered',
    'combine.wrong_count',
    'release.dleq_invalid',
    'release.seal_invalid',
    'request.replayed',
    'order.revoked',
    'order.revoked',
  ]);
});

test('a wrong share is named', () => {
  const wrong = result.checks.find(({ expected }) => expected === 'release.dleq_invalid');
  expect(wrong?.detail).toMatchObject({ faulty: '2' });
});

test('every expectation held, and the print says so', () => {
  expect(result.haveHeld).toBe(true);
  expect(printed.filter((line) => line.includes('✗'))).toEqual([]);
  expect(printed.filter((line) => line.includes('✓'))).toHaveLength(result.checks.length);
});

function say(id: string, names: readonly string[]): Conversation {
  return {
    id,
    messages: names.map((from, index) => ({ id: `${id}${index}`, index, from, lang: 'en', text: `${from} says ${index}` })),
  };
}

test('a group of three, and a person in a covered and an uncovered conversation', { timeout: TIMEOUT_MS }, async () => {
  const small = await run([say('a', ['Ann', 'Bo', 'Cy', 'Ann']), say('b', ['Ann', 'Bo'])]);
  expect(small.haveHeld).toBe(true);
  expect(small.read.flatMap(({ texts }) => texts).toSorted()).toEqual(['Ann says 0', 'Ann says 3', 'Bo says 1', 'Cy says 2']);
});

test('the first and the last minute of a day do as well', { timeout: TIMEOUT_MS }, async () => {
  for (const time of ['00:00:30', '23:59:30']) {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date(`2025-11-24T${time}Z`) });
    const { haveHeld } = await run([say('a', ['Ann', 'Bo']), say('b', ['Cy', 'Bo'])]);
    expect(haveHeld).toBe(true);
  }
});

test('an expectation that does not hold is found', async () => {
  const checks = new Checks();
  await checks.refused('nobody', 'something allowed', 'order.revoked', () => undefined);
  expect(checks.haveHeld).toBe(false);
  const mixed = new Checks();
  await mixed.refusedByAll('two', 'one lets it pass', 'order.revoked', [() => undefined, () => undefined]);
  expect(mixed.all[0]?.found).toBe('ok');
  expect(mixed.haveHeld).toBe(false);
  expect(new Checks().haveHeld).toBe(false);
});

test('a file that is no list of conversations is refused by its line', () => {
  const line = JSON.stringify(bundled[0]);
  expect(() => parseConversations(`${line}\nno json`)).toThrow('line 2');
  expect(() => parseConversations(line)).toThrow('1 conversations');
  expect(() => parseConversations(`${line}\n${line}`)).toThrow('one id');
  const alone = JSON.stringify({ id: 'x', messages: [{ id: '1', index: 0, from: 'Ann', lang: 'en', text: 'hm' }] });
  expect(() => parseConversations(`${line}\n${alone}`)).toThrow('line 2: one person alone');
});
