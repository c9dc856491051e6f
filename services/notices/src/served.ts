/** What was served, to whom: kept before each step, so that after a crash nothing is logged or sent twice (ARCHITECTURE, seams). */
import { join } from 'node:path';
import { fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import { readIfThere, replaceFile } from '@countersign/service';

/** One person's notice about one order. Bytes in hex. */
export interface ServedNotice {
  readonly orderId: string;
  readonly account: string;
  /** Notice (PROTOCOL 12), encoded. */
  readonly notice: string;
  readonly salt: string;
  readonly text: string;
  /** Of its type 18 entry; null until it is known to be in the log. */
  readonly index: string | null;
  /** Delivery has it. */
  readonly isSent: boolean;
}

export class ServedNotices {
  readonly #path: string;
  readonly #notices = new Map<string, ServedNotice>();

  private constructor(path: string) {
    this.#path = path;
  }

  static async open(dir: string): Promise<ServedNotices> {
    const served = new ServedNotices(join(dir, 'served.json'));
    const bytes = await readIfThere(served.#path);
    const rows = bytes === null ? [] : (JSON.parse(toUtf8(bytes) ?? '[]') as ServedNotice[]);
    for (const row of rows) served.#notices.set(keyOf(row.orderId, row.account), row);
    return served;
  }

  of(orderId: Uint8Array, account: Uint8Array): ServedNotice | null {
    return this.#notices.get(keyOf(toHex(orderId), toHex(account))) ?? null;
  }

  /** Durable when it resolves. */
  async put(notice: ServedNotice): Promise<void> {
    this.#notices.set(keyOf(notice.orderId, notice.account), notice);
    await replaceFile(this.#path, fromUtf8(JSON.stringify([...this.#notices.values()])));
  }

  get unsent(): number {
    return [...this.#notices.values()].filter(({ isSent }) => !isSent).length;
  }
}

function keyOf(orderId: string, account: string): string {
  return `${orderId} ${account}`;
}
