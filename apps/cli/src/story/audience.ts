/** The officers of a story: each reads his feed, and tries to read what his order does not cover. */

import { Ac1Error } from '@countersign/bytes';
import { AppError } from '@countersign/wire';
import type { Cli } from '../cli.ts';
import type { RunningNetwork } from '../network/network.ts';
import { callGateway, type OfficersGateway, type ReviewedMessage, signIn, streamLines } from '../review/gateway.ts';
import { together } from './cast.ts';
import type { FeedRecord } from './figures.ts';

const TRIES_TOGETHER_MAX = 16;
const REVIEWED_MAX_MS = 20_000;

export interface Seat {
  readonly agency: string;
  readonly gateway: OfficersGateway;
}

export class Audience {
  readonly seats: readonly Seat[];
  readonly feed: FeedRecord[] = [];
  readonly #ending = new AbortController();
  readonly #reading: Promise<unknown>;
  #wake: () => void = () => {};

  private constructor(cli: Cli, seats: readonly Seat[]) {
    this.seats = seats;
    this.#reading = Promise.all(seats.map((seat) => this.#read(cli, seat)));
    this.#reading.catch(() => {}); // `stop` tells
  }

  /** The officer of every agency takes his seat. */
  static async open(cli: Cli, { keys, urls }: RunningNetwork): Promise<Audience> {
    const seats = await Promise.all(
      keys.agencies.map(async (agency) => {
        const officer = keys.officers.find(({ organisation }) => organisation === agency.id);
        if (officer === undefined) throw new RangeError('an agency without an officer');
        return { agency: agency.code, gateway: await signIn(cli, keys, officer, urls.gateways) };
      }),
    );
    return new Audience(cli, seats);
  }

  async #read(cli: Cli, { agency, gateway }: Seat): Promise<void> {
    for await (const line of streamLines<ReviewedMessage>(gateway, '/v1/feed', this.#ending.signal)) {
      if (line.message_id === undefined) continue;
      const { text, from } = gateway.name(line);
      this.feed.push({ messageId: line.message_id, text, from, agency, atMs: cli.nowMs() });
      this.#wake();
    }
  }

  /** Resolves when all of these were shown, or after a while. */
  async saw(messageIds: ReadonlySet<string>): Promise<void> {
    const late = new Promise<'late'>((resolve) => setTimeout(resolve, REVIEWED_MAX_MS, 'late').unref());
    const missing = () => [...messageIds].some((id) => !this.feed.some(({ messageId }) => messageId === id));
    while (missing()) {
      const shown = new Promise<'shown'>((resolve) => {
        this.#wake = () => resolve('shown');
      });
      if ((await Promise.race([shown, late])) === 'late') return;
    }
  }

  /** Every officer asks for every one of these; the ids of those that anybody was shown. */
  async tryToRead(messageIds: readonly string[], orderId: string): Promise<ReadonlySet<string>> {
    const shown = new Set<string>();
    const tries = this.seats.flatMap(({ gateway }) => messageIds.map((id) => ({ gateway, id })));
    await together(TRIES_TOGETHER_MAX, tries, async ({ gateway, id }) => {
      try {
        await callGateway(gateway, `/v1/messages/${id}?order=${orderId}`);
        shown.add(id);
      } catch (error) {
        if (!isRefusal(error)) throw error;
      }
    });
    return shown;
  }

  /** Throws what ended a feed before its time. */
  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }
}

/** An answer that says no; anything else, such as a gateway that cannot be reached, proves nothing. */
function isRefusal(error: unknown): boolean {
  return error instanceof Ac1Error || (error instanceof AppError && /^(input\.unknown_|policy\.)/.test(error.code));
}
