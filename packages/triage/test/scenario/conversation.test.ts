/** Veiled talk is judged over the window of a conversation, and its state survives storage. */
import { expect, test } from 'vitest';
import {
  BUILT_IN_PACK,
  type ConversationState,
  judgeConversation,
  NEW_CONVERSATION,
  parseRulePack,
  Triager,
  WINDOW_MESSAGES_MAX,
} from '../../src/index.ts';

const pack = parseRulePack(BUILT_IN_PACK);
const triager = new Triager(pack);

function run(messages: readonly string[]) {
  let state: ConversationState = NEW_CONVERSATION;
  return messages.map((text) => {
    const verdict = judgeConversation(pack, state, triager.triage(text));
    // As a service would, between two messages.
    state = JSON.parse(JSON.stringify(verdict.state)) as ConversationState;
    return verdict;
  });
}

const VEILED = ['The old dog keeps barking in court', 'Send him to the farm', 'For good, £20k for the vet'];

test('what no line says alone, the lines say together, once', () => {
  expect(VEILED.flatMap((text) => triager.triage(text).categories)).toEqual([]);
  const verdicts = run([...VEILED, 'Fine']);
  expect(verdicts.map(({ newlyRaised }) => newlyRaised)).toEqual([[], [], ['threat_to_life'], []]);
  expect(verdicts.at(-1)?.categories).toEqual(['threat_to_life']);
});

test('what lies further apart than the window is not put together', () => {
  const [first = '', ...rest] = VEILED;
  const between = Array.from({ length: WINDOW_MESSAGES_MAX }, () => 'See you at noon');
  expect(run([first, ...between, ...rest]).flatMap(({ newlyRaised }) => newlyRaised)).toEqual([]);
});

test('the state does not grow with the conversation', () => {
  const last = run(Array.from({ length: 40 }, () => 'Kill the witness tonight')).at(-1);
  expect(last?.state.recent.length).toBe(WINDOW_MESSAGES_MAX);
});
