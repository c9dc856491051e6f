/** Lanes: work of one order beside that of others, a few pieces of each at a time, so that one that waits for people keeps back itself only. */
import type { OrderId } from '@countersign/custody';
import { keyOf } from '../store/sealed-mail.ts';

type Work = () => Promise<void>;

interface Lane {
  readonly queue: Work[];
  active: number;
}

export class Lanes {
  readonly #atOnceMax: number;
  readonly #onFree: (orderId: OrderId) => void;
  readonly #lanes = new Map<string, Lane>();
  readonly #running = new Set<Promise<void>>();
  #isStopped = false;

  /** `onFree` is told when a piece of an order's work has ended. A piece never rejects: it handles its own errors. */
  constructor(atOnceMax: number, onFree: (orderId: OrderId) => void) {
    this.#atOnceMax = atOnceMax;
    this.#onFree = onFree;
  }

  add(orderId: OrderId, work: Work): void {
    this.#laneOf(orderId).queue.push(work);
    this.#pump(orderId);
  }

  isBusy(orderId: OrderId): boolean {
    return this.#laneOf(orderId).active >= this.#atOnceMax;
  }

  /** Starts nothing more. */
  stop(): void {
    this.#isStopped = true;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#running);
  }

  #pump(orderId: OrderId): void {
    const lane = this.#laneOf(orderId);
    while (lane.active < this.#atOnceMax && !this.#isStopped) {
      const work = lane.queue.shift();
      if (work === undefined) return;
      lane.active += 1;
      const running = work().finally(() => {
        lane.active -= 1;
        this.#running.delete(running);
        this.#onFree(orderId);
        this.#pump(orderId);
      });
      this.#running.add(running);
    }
  }

  #laneOf(orderId: OrderId): Lane {
    const lane = this.#lanes.get(keyOf(orderId)) ?? { queue: [], active: 0 };
    this.#lanes.set(keyOf(orderId), lane);
    return lane;
  }
}
