/** The file that `story` reads: what it takes, and what it says about a file that is wrong. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseConversations, readConversations } from '../src/story/conversations.ts';

const message = (index: number, from: string, text = 'hello') => ({ id: `m${index}`, index, from, lang: 'en', text });
const row = (id: string, ...messages: object[]) => JSON.stringify({ id, messages });

describe('conversations', () => {
  it('are read in the order of their index, with their speakers', () => {
    const [conversation] = parseConversations(row('c', message(1, 'B'), message(0, 'A'), message(2, 'A')));
    expect(conversation?.lines.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2']);
    expect(conversation?.speakers).toEqual(['A', 'B']);
  });

  it('that are bundled for the demonstration can be read', async () => {
    const bundled = await readConversations(fileURLToPath(new URL('../demo/conversations.jsonl', import.meta.url)));
    expect(bundled.length).toBe(12);
    expect(bundled.every(({ speakers }) => speakers.length >= 2)).toBe(true);
  });

  it.each([
    ['no conversation', '\n', /1 to/],
    ['no JSON', '{', /line 1 is no JSON/],
    ['no id', '{"messages":[]}', /line 1: "id"/],
    ['no messages', row('c'), /line 1: "messages"/],
    ['a message without text', row('c', message(0, 'A', '')), /message 1: "text"/],
    ['the same id twice', `${row('c', message(0, 'A'))}\n${row('c', message(0, 'A'))}`, /same id/],
  ])('with %s are refused, with the place', (_what, text, word) => {
    expect(() => parseConversations(text)).toThrow(word);
  });
});
