/** Officers at their gateways: a session by key file, the live feed, and any call that the console makes (docs/network.md, review). */
import { fromHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type Audience, createSessionProof } from '@countersign/wire';
import type { Agency, Network, Person } from './harness.ts';
import { until } from './until.ts';

export interface FeedLine {
  readonly message_id: string;
  readonly kind: string;
  readonly text: string;
  readonly from: string;
  readonly device_id: string;
  readonly conversation: string;
  readonly order_id: string;
  readonly agency: string;
  readonly cursor: string;
}

export interface Answer {
  readonly status: number;
  /** Of JSON, or of the error; null where the body is neither. */
  readonly json: Readonly<Record<string, unknown>> | null;
  /** The code of a refusal. */
  readonly code: string | null;
}

export interface ProofWish {
  readonly audience?: Audience;
  readonly networkId?: string;
}

/** The header value of a session proof by somebody's key. */
export function proofOf(network: Network, { id, seed }: Pick<Person, 'id' | 'seed'>, wish: ProofWish = {}): string {
  const { audience = 'review', networkId = network.keys.networkId } = wish;
  const given = { audience, networkId: fromHex(networkId), id: fromHex(id), seed: fromHex(seed), nowMs: Date.now() };
  return `Proof ${Buffer.from(createSessionProof(given, crypto.randomBytes)).toString('base64url')}`;
}

/** One HTTP call of anybody. */
export async function call(
  url: string,
  { method, authorization, body }: { method?: string; authorization?: string; body?: unknown } = {},
): Promise<Answer> {
  const isBytes = body instanceof Uint8Array;
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': isBytes ? 'application/protobuf' : 'application/json' }),
    },
    ...(body === undefined ? {} : { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const json = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  return { status: response.status, json, code: typeof json?.code === 'string' ? json.code : null };
}

export class Officer {
  readonly agency: Agency;
  readonly url: string;
  /** What the live feed has shown, in its order; each line is kept, so that one shown twice is seen. */
  readonly feed: FeedLine[] = [];
  readonly #network: Network;
  readonly #person: Person;
  readonly #ending = new AbortController();
  #authorization: string;
  #reading: Promise<void> = Promise.resolve();

  private constructor(network: Network, person: Person, agency: Agency, url: string, authorization: string) {
    this.#network = network;
    this.#person = person;
    this.agency = agency;
    this.url = url;
    this.#authorization = authorization;
  }

  /** The agency's officer, with a session at the gateway that hosts him. */
  static async signIn(network: Network, code: string): Promise<Officer> {
    const agency = network.agency(code);
    const person = network.person(`${code.toLowerCase()}-officer`);
    const url = await network.gatewayUrl(agency);
    return new Officer(network, person, agency, url, await openSession(network, url, person));
  }

  get authorization(): string {
    return this.#authorization;
  }

  call(path: string, body?: unknown): Promise<Answer> {
    return call(`${this.url}${path}`, { authorization: this.#authorization, ...(body === undefined ? {} : { body }) });
  }

  /** Everything that the feed has by now, from its beginning. */
  async readAll(): Promise<readonly FeedLine[]> {
    const lines: FeedLine[] = [];
    for await (const line of this.#lines('/v1/feed?live=0')) lines.push(line);
    return lines;
  }

  /** Follows the live feed until `stop`, also over restarts of the gateway: it goes on behind the last line that came. */
  follow(): void {
    this.#reading = this.#follow();
    // `stop` tells.
    this.#reading.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.#reading;
  }

  async #follow(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      const after = this.feed.at(-1)?.cursor ?? '0';
      try {
        for await (const line of this.#lines(`/v1/feed?after=${after}`)) this.feed.push(line);
      } catch {
        // The gateway went away; it, and the session with it, has to be found again.
      }
      await this.#renew();
    }
  }

  async #renew(): Promise<void> {
    const { signal } = this.#ending;
    await until(`${this.#person.name} is let in again`, async () => {
      if (signal.aborted) return true;
      const renewed = await openSession(this.#network, this.url, this.#person).catch(() => null);
      if (renewed !== null) this.#authorization = renewed;
      return renewed !== null;
    });
  }

  async *#lines(path: string): AsyncGenerator<FeedLine> {
    const { signal } = this.#ending;
    const response = await fetch(`${this.url}${path}`, { headers: { authorization: this.#authorization }, signal });
    if (!response.ok) throw new Error(`the feed is refused: ${response.status} ${await response.text()}`);
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      const rows = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = rows.pop() ?? '';
      for (const row of rows) {
        const line = JSON.parse(row) as FeedLine & { readonly end?: string };
        if (line.end !== undefined) throw new Error(`the feed ended: ${line.end}`);
        yield line;
      }
    }
  }
}

async function openSession(network: Network, url: string, person: Person): Promise<string> {
  const { status, json } = await call(`${url}/v1/session`, { method: 'POST', authorization: proofOf(network, person), body: {} });
  if (status !== 200) throw new Error(`${person.name} is not let in: ${status} ${JSON.stringify(json)}`);
  return `Bearer ${json?.token}`;
}
