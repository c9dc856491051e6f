/** Staying connected: a session proof for each attempt, growing pauses between them, and word of each change. */
import type { Random } from '@countersign/crypto';
import { AppError } from '@countersign/wire';
import type { Clock } from '../port/clock.ts';
import type { Transport } from '../port/transport.ts';
import { type Answer, Session } from './session.ts';

const BACKOFF_MIN_MS = 250;
const BACKOFF_MAX_MS = 30_000;

export type ConnectionState = 'offline' | 'connecting' | 'syncing' | 'online';

export interface ConnectionOptions {
  readonly url: string;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly random: Random;
  readonly createProof: () => Uint8Array;
  /** A new session: what must be done before the device counts as online. A rejection ends the session. */
  readonly sync: (session: Session) => Promise<void>;
  readonly push: (session: Session, body: Answer) => void;
  /** `code`: why the last attempt failed, where it is known. */
  readonly changed: (state: ConnectionState, code: string | null) => void;
}

export class Connection {
  readonly #options: ConnectionOptions;
  #wanted = false;
  #state: ConnectionState = 'offline';
  #session: Session | null = null;
  #failures = 0;
  #cancelRetry: () => void = () => {};

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The session that is synchronised, or null. */
  get session(): Session | null {
    return this.#state === 'online' ? this.#session : null;
  }

  /** Connects and stays connected until `stop`. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#failures = 0;
    void this.#attempt();
  }

  stop(): void {
    this.#wanted = false;
    this.#cancelRetry();
    this.#session?.close();
    this.#session = null;
    this.#become('offline', null);
  }

  async #attempt(): Promise<void> {
    const { url, transport, clock, createProof, push, sync } = this.#options;
    this.#become('connecting', null);
    try {
      let session: Session | null = null;
      let isLost = false;
      const link = await transport.connect(url, createProof(), {
        frame: (bytes) => session?.receive(bytes),
        closed: () => {
          isLost = true;
          if (session !== null) this.#lost(session);
        },
      });
      session = new Session(link, clock, (body) => push(session as Session, body));
      if (isLost || !this.#wanted) {
        session.close();
        throw new AppError('internal.unavailable');
      }
      await this.#synchronise(session, sync);
    } catch (error) {
      this.#retry(error);
    }
  }

  async #synchronise(session: Session, sync: (session: Session) => Promise<void>): Promise<void> {
    this.#session = session;
    this.#become('syncing', null);
    try {
      await sync(session);
    } catch (error) {
      this.#session = null;
      session.close();
      throw error;
    }
    // The line was lost after the last call.
    if (this.#session !== session) throw new AppError('internal.unavailable');
    this.#failures = 0;
    this.#become('online', null);
  }

  #lost(session: Session): void {
    session.ended();
    if (this.#session !== session) return;
    const wasOnline = this.#state === 'online';
    this.#session = null;
    // While it synchronises, the failing call brings the news.
    if (wasOnline) this.#retry(null);
  }

  #retry(error: unknown): void {
    if (!this.#wanted) return;
    this.#cancelRetry();
    const { clock, random } = this.#options;
    const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** Math.min(this.#failures++, 16));
    // Half of it is chance, so that all the devices of a network do not return at once.
    const pause = ceiling / 2 + (ceiling / 2) * ((random(1)[0] as number) / 255);
    this.#become('offline', error instanceof AppError ? error.code : null);
    this.#cancelRetry = clock.after(pause, () => void this.#attempt());
  }

  #become(state: ConnectionState, code: string | null): void {
    if (this.#state === state && code === null) return;
    this.#state = state;
    this.#options.changed(state, code);
  }
}
