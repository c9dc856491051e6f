/** The conversations that are sent through the chain: one JSON object a line (its reading has no clause; the texts become PROTOCOL 15). */

export interface Message {
  readonly id: string;
  readonly index: number;
  readonly from: string;
  /** BCP 47. */
  readonly lang: string;
  readonly text: string;
}

export interface Conversation {
  readonly id: string;
  /** Ascending by index. */
  readonly messages: readonly Message[];
}

/** One covered by the order and one that is not. */
const CONVERSATIONS_MIN = 2;
/** As many as one order may name subjects, twice: it is over every second one. */
const CONVERSATIONS_MAX = 2000;
const MEMBERS_MIN = 2;
/** In the whole file: all of them are sent on one day, one a second. */
const MESSAGES_MAX = 40_000;

/** Throws an Error that names the line. */
export function parseConversations(text: string): Conversation[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const conversations = lines.map((line, i) => parseLine(line, i + 1));
  if (conversations.length < CONVERSATIONS_MIN || conversations.length > CONVERSATIONS_MAX) {
    throw new Error(`${conversations.length} conversations; from ${CONVERSATIONS_MIN} to ${CONVERSATIONS_MAX} are needed`);
  }
  if (new Set(conversations.map(({ id }) => id)).size !== conversations.length) throw new Error('two conversations have one id');
  const count = conversations.reduce((sum, { messages }) => sum + messages.length, 0);
  if (count > MESSAGES_MAX) throw new Error(`${count} messages; at most ${MESSAGES_MAX} are sent`);
  return conversations;
}

function parseLine(line: string, number: number): Conversation {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new Error(`line ${number}: no JSON`, { cause });
  }
  const { id, messages } = asObject(value, number);
  if (typeof id !== 'string' || id === '' || !Array.isArray(messages)) throw new Error(`line ${number}: id or messages missing`);
  const parsed = messages.map((message) => parseMessage(message, number)).sort((a, b) => a.index - b.index);
  if (membersOf({ id, messages: parsed }).length < MEMBERS_MIN) throw new Error(`line ${number}: one person alone`);
  return { id, messages: parsed };
}

function parseMessage(value: unknown, number: number): Message {
  const { id, index, from, lang, text } = asObject(value, number);
  const isMessage =
    typeof id === 'string' &&
    typeof index === 'number' &&
    Number.isInteger(index) &&
    typeof from === 'string' &&
    from !== '' &&
    typeof lang === 'string' &&
    typeof text === 'string' &&
    text !== '';
  if (!isMessage) throw new Error(`line ${number}: a message lacks id, index, from, lang or text`);
  return { id, index, from, lang, text };
}

function asObject(value: unknown, number: number): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new Error(`line ${number}: no object`);
  return value as Record<string, unknown>;
}

/** Who writes in it, in order of appearance. */
export function membersOf({ messages }: Conversation): string[] {
  return [...new Set(messages.map(({ from }) => from))];
}
