/** What the page knows, and how each event changes it: pure, so that every change can be tested. */
import type { ConnectionState, ConversationView, EngineEvent, Me, MessagePage, MessageView } from '../engine/api.ts';

export type Phase = 'starting' | 'empty' | 'locked' | 'open' | 'revoked';

export interface Thread {
  /** Ascending by order. */
  readonly messages: readonly MessageView[];
  readonly more: boolean;
}

export interface Model {
  readonly phase: Phase;
  readonly me: Me | null;
  readonly connection: ConnectionState;
  readonly connectionCode: string | null;
  readonly lastHeardMs: number | null;
  readonly conversations: readonly ConversationView[] | null;
  readonly threads: ReadonlyMap<string, Thread>;
  /** Until the member has looked at it. */
  readonly custodyChanged: boolean;
  readonly typing: { readonly conversation: string; readonly handle: string; readonly ms: number } | null;
  readonly faultCode: string | null;
}

export type Action =
  | { readonly type: 'phase'; readonly phase: Phase }
  | { readonly type: 'opened'; readonly me: Me; readonly conversations: readonly ConversationView[] }
  | { readonly type: 'page'; readonly conversation: string; readonly page: MessagePage }
  | { readonly type: 'custodySeen' }
  | { readonly type: 'faultSeen' }
  | { readonly type: 'event'; readonly event: EngineEvent; readonly nowMs: number };

export const INITIAL: Model = {
  phase: 'starting',
  me: null,
  connection: 'offline',
  connectionCode: null,
  lastHeardMs: null,
  conversations: null,
  threads: new Map(),
  custodyChanged: false,
  typing: null,
  faultCode: null,
};

export function reduce(model: Model, action: Action): Model {
  switch (action.type) {
    case 'phase':
      return { ...(action.phase === 'empty' ? INITIAL : model), phase: action.phase };
    case 'opened':
      return { ...model, phase: 'open', me: action.me, conversations: sortConversations(action.conversations) };
    case 'page':
      return withThread(model, action.conversation, (thread) => ({
        messages: mergeMessages(thread.messages, action.page.messages),
        more: action.page.more,
      }));
    case 'custodySeen':
      return { ...model, custodyChanged: false };
    case 'faultSeen':
      return { ...model, faultCode: null };
    case 'event':
      return onEvent(model, action.event, action.nowMs);
  }
}

function onEvent(model: Model, event: EngineEvent, nowMs: number): Model {
  switch (event.type) {
    case 'messages':
      return event.messages.reduce(withMessage, model);
    case 'conversation':
      return { ...model, conversations: replaceConversation(model.conversations ?? [], event.conversation) };
    case 'connection':
      return { ...model, connection: event.state, connectionCode: event.code };
    case 'heard':
      return { ...model, lastHeardMs: Math.max(model.lastHeardMs ?? 0, event.ms) };
    case 'custody':
      return { ...model, custodyChanged: true };
    case 'typing':
      return { ...model, typing: { conversation: event.conversation, handle: event.handle, ms: nowMs } };
    case 'revoked':
      return { ...model, phase: 'revoked' };
    case 'fault':
      return { ...model, faultCode: event.code };
  }
}

/** A message of a thread that is not loaded is left to the store: the thread is read when it is opened. */
function withMessage(model: Model, message: MessageView): Model {
  const isTheirs = model.typing?.conversation === message.conversation && !message.own;
  const next = isTheirs ? { ...model, typing: null } : model;
  if (!next.threads.has(message.conversation)) return next;
  return withThread(next, message.conversation, (thread) => ({
    ...thread,
    messages: mergeMessages(thread.messages, [message]),
  }));
}

function withThread(model: Model, conversation: string, change: (thread: Thread) => Thread): Model {
  const thread = model.threads.get(conversation) ?? { messages: [], more: true };
  return { ...model, threads: new Map(model.threads).set(conversation, change(thread)) };
}

/** Both ascending; of two rows of one place the newer stays. */
function mergeMessages(known: readonly MessageView[], given: readonly MessageView[]): readonly MessageView[] {
  if (given.length === 0) return known;
  const last = known.at(-1);
  const isBehind = last === undefined || (given[0] as MessageView).order > last.order;
  if (isBehind) return [...known, ...given];
  const byOrder = new Map([...known, ...given].map((message) => [message.order, message]));
  return [...byOrder.values()].sort((a, b) => (a.order < b.order ? -1 : 1));
}

function replaceConversation(known: readonly ConversationView[], changed: ConversationView): readonly ConversationView[] {
  return sortConversations([...known.filter(({ id }) => id !== changed.id), changed]);
}

function sortConversations(conversations: readonly ConversationView[]): readonly ConversationView[] {
  return [...conversations].sort((a, b) => b.lastMs - a.lastMs || (a.id < b.id ? -1 : 1));
}

/** Conversations whose title, members or last line hold every word of the query. */
export function searchConversations(conversations: readonly ConversationView[], query: string): readonly ConversationView[] {
  const words = query.toLowerCase().split(/\s+/);
  return conversations.filter(({ title, members, preview }) => {
    const text = [title, preview, ...members.map(({ handle }) => handle)].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
