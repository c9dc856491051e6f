/** Waiting messages, taken one a device in turn, so that a device that sends much waits for itself and for nobody else. */
import { AppError } from '@countersign/wire';
import { MESSAGES_WAITING_MAX, MESSAGES_WAITING_PER_DEVICE_MAX } from '../limits.ts';

interface Lane<T> {
  readonly waiting: T[];
  /** Some of it is being committed: what follows must not overtake it. */
  isBusy: boolean;
}

export class FairQueue<T> {
  /** In the order of their turns. */
  readonly #lanes = new Map<string, Lane<T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Throws `limit.rate` when the device, or everybody together, has too much waiting. */
  put(device: string, item: T): void {
    const lane = this.#lanes.get(device) ?? { waiting: [], isBusy: false };
    if (lane.waiting.length >= MESSAGES_WAITING_PER_DEVICE_MAX || this.#size >= MESSAGES_WAITING_MAX) {
      throw new AppError('limit.rate', 'messages waiting', { retryAfterMs: 1000 });
    }
    lane.waiting.push(item);
    this.#lanes.set(device, lane);
    this.#size += 1;
  }

  /** At most `count` items of devices that are not busy, in rounds of one each; these devices are busy until `release`. */
  take(count: number): { readonly items: T[]; readonly devices: string[] } {
    const free = [...this.#lanes].filter(([, lane]) => !lane.isBusy && lane.waiting.length > 0);
    const items: T[] = [];
    const taken = new Map<string, number>();
    for (let round = 0; items.length < count; round++) {
      const before = items.length;
      for (const [device, lane] of free) {
        if (items.length === count) break;
        if (round >= lane.waiting.length) continue;
        items.push(lane.waiting[round] as T);
        taken.set(device, round + 1);
      }
      if (items.length === before) break;
    }
    for (const [device, number] of taken) {
      const lane = this.#lanes.get(device) as Lane<T>;
      lane.waiting.splice(0, number);
      lane.isBusy = true;
      // To the end of the turn.
      this.#lanes.delete(device);
      this.#lanes.set(device, lane);
    }
    this.#size -= items.length;
    return { items, devices: [...taken.keys()] };
  }

  release(devices: readonly string[]): void {
    for (const device of devices) {
      const lane = this.#lanes.get(device);
      if (lane === undefined) continue;
      lane.isBusy = false;
      if (lane.waiting.length === 0) this.#lanes.delete(device);
    }
  }
}
