/** The notice account: an enrolled member like others, whose direct conversations carry the notices (ARCHITECTURE, seams). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@countersign/bytes';
import { Client, createClock } from '@countersign/client';
import { openFileStore, readKeyFile, wsTransport } from '@countersign/client/node';
import type { Random } from '@countersign/crypto';
import type { AccountId, Notice } from '@countersign/custody';
import { AppError } from '@countersign/wire';

const ACKED_MAX_MS = 30_000;

export interface MessengerOptions {
  readonly home: string;
  readonly deliveryUrl: string;
  readonly vouchers: readonly string[];
  readonly handle: string;
  readonly random: Random;
  readonly nowMs: () => number;
}

export class Messenger {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** Opens the account's device, or makes it with the vouchers given; `session.proof_invalid` where neither is there. */
  static async open({ home, deliveryUrl, vouchers, handle, random, nowMs }: MessengerOptions): Promise<Messenger> {
    await mkdir(home, { recursive: true, mode: 0o700 });
    const store = await openFileStore({ dir: join(home, 'store'), key: await readKeyFile(join(home, 'key'), random), random });
    const options = { store, transport: wsTransport, fetch, clock: createClock(nowMs), random };
    try {
      return new Messenger(await Client.open(options));
    } catch (error) {
      if (vouchers.length > 0) {
        // The operator who configured the account has read the statement; a service consents to nothing by itself.
        return new Messenger(await Client.enrol({ ...options, url: deliveryUrl, vouchers, handle, consent: () => true }));
      }
      await store.close();
      throw error;
    }
  }

  /** Stays connected from here on, and comes back by itself. */
  start(): void {
    this.#client.connect().catch(() => {});
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  /** Resolves when delivery has the notice, once however often it is called. `input.unknown_account` for nobody. */
  async send(account: AccountId, notice: Notice, text: string): Promise<void> {
    const client = this.#client;
    if (client.connectionState !== 'online') throw new AppError('internal.unavailable');
    const conversation = await client.directWith(toHex(account));
    if (await this.#hasSent(conversation, toHex(notice.orderId))) return;
    const { acked } = await client.send(conversation, { kind: 'notice', notice, text });
    const late = new Promise<never>((_resolve, reject) => {
      setTimeout(() => reject(new AppError('internal.unavailable')), ACKED_MAX_MS).unref();
    });
    await Promise.race([acked, late]);
  }

  async #hasSent(conversation: string, orderId: string): Promise<boolean> {
    const messages = await this.#client.messages(conversation);
    return messages.some(({ body }) => body?.kind === 'notice' && body.orderId === orderId);
  }
}
