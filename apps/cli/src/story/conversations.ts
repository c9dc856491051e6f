/** Conversations as `story` and the demonstration read them: one a line, `{"id","messages":[{"id","index","from","lang","text"}]}`. */
import { readFile } from 'node:fs/promises';
import { UsageError } from '../failure.ts';

const CONVERSATIONS_MAX = 10_000;
const LINES_MAX = 100_000;
const TEXT_BYTES_MAX = 60_000;

export interface Line {
  readonly id: string;
  readonly from: string;
  readonly text: string;
}

export interface Conversation {
  readonly id: string;
  /** In the order of their index. */
  readonly lines: readonly Line[];
  /** Everybody who says something, in order of appearance. */
  readonly speakers: readonly string[];
}

export async function readConversations(path: string): Promise<readonly Conversation[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new UsageError(`${path} cannot be read`, { cause });
  }
  return parseConversations(text);
}

/** Throws a UsageError that names the line. */
export function parseConversations(text: string): readonly Conversation[] {
  const rows = text.split('\n').filter((row) => row.trim() !== '');
  if (rows.length === 0 || rows.length > CONVERSATIONS_MAX)
    throw new UsageError(`the file holds 1 to ${CONVERSATIONS_MAX} conversations`);
  const conversations = rows.map((row, i) => parseConversation(row, i + 1));
  if (new Set(conversations.map(({ id }) => id)).size !== conversations.length)
    throw new UsageError('two conversations have the same id');
  if (conversations.reduce((sum, { lines }) => sum + lines.length, 0) > LINES_MAX)
    throw new UsageError(`the conversations hold at most ${LINES_MAX} messages`);
  return conversations;
}

function parseConversation(row: string, number: number): Conversation {
  const place = `line ${number}`;
  let json: { id?: unknown; messages?: unknown } | null;
  try {
    json = JSON.parse(row);
  } catch (cause) {
    throw new UsageError(`${place} is no JSON`, { cause });
  }
  if (typeof json?.id !== 'string' || json.id === '') throw new UsageError(`${place}: "id" is a text`);
  if (!Array.isArray(json.messages) || json.messages.length === 0) throw new UsageError(`${place}: "messages" is a list`);
  const messages = json.messages.map((message, i) => parseMessage(message, `${place}, message ${i + 1}`));
  const lines = messages.sort((a, b) => a.index - b.index);
  return { id: json.id, lines, speakers: [...new Set(lines.map(({ from }) => from))] };
}

function parseMessage(json: unknown, place: string): Line & { readonly index: number } {
  const { id, index, from, text } = (json ?? {}) as Record<string, unknown>;
  if (typeof id !== 'string' || id === '') throw new UsageError(`${place}: "id" is a text`);
  if (typeof index !== 'number' || !Number.isInteger(index)) throw new UsageError(`${place}: "index" is a whole number`);
  if (typeof from !== 'string' || from === '') throw new UsageError(`${place}: "from" is a text`);
  if (typeof text !== 'string' || text === '' || Buffer.byteLength(text) > TEXT_BYTES_MAX)
    throw new UsageError(`${place}: "text" is a text of at most ${TEXT_BYTES_MAX} bytes`);
  return { id, index, from, text };
}
