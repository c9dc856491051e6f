/** LISTEN/NOTIFY as a doorbell: it says "look again", never what there is to see. One ring for a committed batch. */
import { checkedName } from './name.ts';
import type { Sql, Transaction } from './sql.ts';

export interface Doorbell {
  /** Stops listening and waits for the running answer. */
  close(): Promise<void>;
}

/**
 * Calls `answer` once at the start, and after every ring: rings during an answer are folded into one more, never lost and never two at a
 * time. It is called again after each reconnection too, since rings meanwhile were missed. `onError` gets what `answer` throws; the next
 * ring tries again.
 */
export async function listenDoorbell(
  sql: Sql,
  channel: string,
  answer: () => Promise<void>,
  onError: (error: unknown) => void,
): Promise<Doorbell> {
  let isRung = false;
  let isOpen = true;
  let answering: Promise<void> | null = null;

  async function answerAll(): Promise<void> {
    while (isRung && isOpen) {
      isRung = false;
      await answer().catch(onError);
    }
    answering = null;
  }
  function ring(): void {
    isRung = true;
    answering ??= answerAll();
  }

  const { unlisten } = await sql.listen(checkedName(channel), ring, ring);
  return {
    async close() {
      isOpen = false;
      await unlisten();
      await answering;
    },
  };
}

/** Inside the batch's transaction: delivered at COMMIT, equal rings of one transaction only once, nothing at a rollback. */
export async function ringDoorbell(tx: Transaction | Sql, channel: string): Promise<void> {
  await tx`select pg_notify(${checkedName(channel)}, '')`;
}
