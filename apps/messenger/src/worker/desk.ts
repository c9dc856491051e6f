/** An open device: follows the client's events and turns them into what the page draws, many at a time. */
import type { Client, ClientEvent, Clock, ConversationRecord, MessageRecord, Store } from '@countersign/client';
import { errorCode } from '@countersign/ui/text';
import type { ConversationView, EngineEvent, MessagePage } from '../engine/api.ts';
import { readMark, setReadMark, unreadOf } from './read-marks.ts';
import { accountsOf, conversationView, messageView, type Names } from './views.ts';

/** Events of this long go to the page as one: a backlog of thousands does not redraw it thousands of times. */
const FLUSH_MS = 60;
/** How often the page is told when the service was last heard. */
const HEARD_MS = 10_000;
/** Unread messages are counted up to here. */
const UNREAD_MAX = 100;

export interface DeskOptions {
  readonly client: Client;
  readonly store: Store;
  readonly clock: Clock;
  readonly emit: (event: EngineEvent) => void;
}

export class Desk {
  readonly client: Client;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #emit: (event: EngineEvent) => void;
  readonly #handles = new Map<string, string>();
  readonly #messages = new Map<string, MessageRecord>();
  readonly #conversations = new Set<string>();
  #cancelFlush: (() => void) | null = null;
  #cancelHeard: () => void = () => {};
  #stopEvents: () => void = () => {};
  #heardMs = 0;

  constructor({ client, store, clock, emit }: DeskOptions) {
    this.client = client;
    this.#store = store;
    this.#clock = clock;
    this.#emit = emit;
  }

  start(): void {
    this.#stopEvents = this.client.events.onAny((event) => this.#onEvent(event));
    this.#tellHeard();
    // It stays at it by itself; what goes wrong comes as an event.
    this.client.connect().catch((error: unknown) => this.#emit({ type: 'fault', code: errorCode(error) }));
  }

  async stop(): Promise<void> {
    this.#stopEvents();
    this.#cancelFlush?.();
    this.#cancelHeard();
    await this.client.close();
  }

  async conversations(): Promise<ConversationView[]> {
    const records = await this.client.conversations();
    return Promise.all(records.map((record) => this.#view(record)));
  }

  async messages(id: string, before: string | null, limit: number): Promise<MessagePage> {
    const query = before === null ? { limit: limit + 1 } : { before, limit: limit + 1 };
    const records = await this.client.messages(id, query);
    const page = records.slice(-limit);
    const names = await this.#namesOf(page.flatMap(accountsIn));
    return { messages: page.map((record) => messageView(record, names)), more: records.length > limit };
  }

  /** Everything that stands there now was on screen; in a direct conversation the other is told, where the operator allows it. */
  async markRead(id: string): Promise<void> {
    const [record, messages, mark] = await Promise.all([
      this.client.conversation(id),
      this.client.messages(id, { limit: UNREAD_MAX }),
      readMark(this.#store, id),
    ]);
    const newest = messages.at(-1);
    if (record === null || newest === undefined || newest.order <= mark) return;
    await setReadMark(this.#store, id, newest.order);
    const ids = unreadOf(messages, mark).flatMap(({ id: messageId, state }) => (state === 'received' ? [messageId] : []));
    const isTold = record.kind === 'direct' && record.status === 'active' && this.client.policy?.features.receipts === true;
    if (isTold && ids.length > 0) await this.client.send(id, { kind: 'receipt', ids, read: true });
    this.#conversations.add(id);
    this.#flushSoon();
  }

  namesFor(records: readonly ConversationRecord[]): Promise<Names> {
    return this.#namesOf(records.flatMap(accountsOf));
  }

  #onEvent(event: ClientEvent): void {
    switch (event.type) {
      case 'message':
      case 'refused':
      case 'gap': {
        const { message } = event;
        this.#messages.set(`${message.conversation}/${message.order}`, message);
        this.#conversations.add(message.conversation);
        break;
      }
      case 'conversation':
        this.#conversations.add(event.id);
        break;
      case 'connection':
        this.#emit({ type: 'connection', state: event.state, code: event.code });
        break;
      case 'typing':
        void this.#tellTyping(event.conversation, event.account);
        return;
      case 'custody':
      case 'revoked':
        this.#emit({ type: event.type });
        return;
      case 'fault':
        this.#emit({ type: 'fault', code: errorCode(event.error) });
        return;
      case 'sent':
      case 'failed':
      case 'network':
        return;
    }
    this.#flushSoon();
  }

  #flushSoon(): void {
    this.#cancelFlush ??= this.#clock.after(FLUSH_MS, () => {
      this.#cancelFlush = null;
      this.#flush().catch((error: unknown) => this.#emit({ type: 'fault', code: errorCode(error) }));
    });
  }

  async #flush(): Promise<void> {
    const messages = [...this.#messages.values()];
    const conversations = [...this.#conversations];
    this.#messages.clear();
    this.#conversations.clear();
    if (messages.length > 0) {
      const names = await this.#namesOf(messages.flatMap(accountsIn));
      this.#emit({ type: 'messages', messages: messages.map((message) => messageView(message, names)) });
    }
    for (const id of conversations) {
      const record = await this.client.conversation(id);
      if (record !== null) this.#emit({ type: 'conversation', conversation: await this.#view(record) });
    }
  }

  async #view(record: ConversationRecord): Promise<ConversationView> {
    const [recent, mark] = await Promise.all([
      this.client.messages(record.id, { limit: UNREAD_MAX }),
      readMark(this.#store, record.id),
    ]);
    const newest = recent.at(-1);
    const names = await this.#namesOf([...accountsOf(record), ...(newest === undefined ? [] : accountsIn(newest))]);
    const facts = {
      me: this.client.me.account,
      newest: newest === undefined ? null : messageView(newest, names),
      unread: unreadOf(recent, mark).length,
    };
    return conversationView(record, facts, names);
  }

  async #tellTyping(conversation: string, account: string): Promise<void> {
    const names = await this.#namesOf([account]);
    this.#emit({ type: 'typing', conversation, handle: names(account) });
  }

  /** Repeats itself until the desk is stopped. */
  #tellHeard(): void {
    const heardMs = this.client.lastReceivedMs;
    if (heardMs !== null && heardMs !== this.#heardMs) {
      this.#heardMs = heardMs;
      this.#emit({ type: 'heard', ms: heardMs });
    }
    this.#cancelHeard = this.#clock.after(this.#heardMs === 0 ? 1000 : HEARD_MS, () => this.#tellHeard());
  }

  /** Handles of these accounts; an account whose handle is not known yet is named by the start of its id. */
  async #namesOf(accounts: readonly string[]): Promise<Names> {
    for (const account of new Set(accounts)) {
      if (this.#handles.has(account)) continue;
      const handle = await this.client.handleOf(account);
      if (handle !== null) this.#handles.set(account, handle);
    }
    return (account) => this.#handles.get(account) ?? account.slice(0, 8);
  }
}

/** Accounts that a row names. */
function accountsIn({ account, body }: MessageRecord): string[] {
  const named = body?.kind === 'members' ? [...body.added, ...body.removed] : body?.kind === 'admins' ? body.accounts : [];
  return account === null ? [...named] : [account, ...named];
}
