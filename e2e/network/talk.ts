/** A stream of messages: every member goes on speaking, a few messages ahead of what was heard, whatever happens to the network. */
// paces: the stream of messages
import { setTimeout as delay } from 'node:timers/promises';
import { heard, type Member } from './members.ts';
import { LATE_MS } from './until.ts';

/** Messages of one speaker that may be under way. */
const AHEAD_MAX = 4;
/** Between two messages of a speaker: what is measured is recovery, not load. */
const PACE_MS = 250;

export interface Said {
  readonly id: string;
  readonly text: string;
  readonly from: Member;
}

export class Talk {
  readonly #members: readonly Member[];
  /** How often each device was told of each message as a new one. */
  readonly #shown = new Map<string, Map<string, number>>();
  /** Acknowledged, in the order in which each speaker spoke. */
  readonly said: Said[] = [];
  #isOver = false;
  #acks = 0;
  #wake: () => void = () => {};
  #speaking: Promise<unknown> = Promise.resolve();

  constructor(members: readonly Member[]) {
    this.#members = members;
    for (const { client, handle } of members) {
      const counts = new Map<string, number>();
      this.#shown.set(handle, counts);
      client.events.on('message', ({ message, isNew }) => {
        // Changes of members are rows too, and have no id.
        if (isNew && !message.own && message.body?.kind === 'text') counts.set(message.id, (counts.get(message.id) ?? 0) + 1);
      });
    }
  }

  begin(group: string): void {
    this.#speaking = Promise.all(this.#members.map((member) => this.#speak(member, group)));
    // `end` and `acknowledgements` tell.
    this.#speaking.catch(() => this.#wake());
  }

  /** Resolves after so many more acknowledgements; rejects when a speaker failed. */
  async acknowledgements(count: number): Promise<void> {
    const goal = this.#acks + count;
    const late = AbortSignal.timeout(LATE_MS);
    late.addEventListener('abort', () => this.#wake(), { once: true });
    while (this.#acks < goal && !late.aborted) {
      const woken = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([woken, this.#speaking]);
    }
    if (this.#acks < goal) throw new Error('late: members speak');
  }

  /** Resolves when nobody speaks any more and all that was said was heard; rejects when something was not. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#speaking;
  }

  /** Ids that a device announced as new more than once. */
  shownTwiceTo(handle: string): readonly string[] {
    return [...(this.#shown.get(handle) ?? [])].flatMap(([id, times]) => (times > 1 ? [id] : []));
  }

  async #speak(from: Member, group: string): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (let number = 1; !this.#isOver; number++) {
      const text = `${from.handle} says ${number}`;
      const { messageId: id, acked } = await from.client.send(group, { kind: 'text', text });
      underWay.push(this.#follow({ id, text, from }, acked));
      if (underWay.length >= AHEAD_MAX) await underWay.shift();
      await delay(PACE_MS);
    }
    await Promise.all(underWay);
  }

  async #follow(line: Said, acked: Promise<void>): Promise<void> {
    await acked;
    this.said.push(line);
    this.#acks += 1;
    this.#wake();
    await Promise.all(this.#members.filter((each) => each !== line.from).map((each) => heard(each, line.id)));
  }
}
