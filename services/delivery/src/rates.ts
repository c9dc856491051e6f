/** Named rate limits as token buckets, one for each limit and caller. */
import { AppError } from '@countersign/wire';
import { RATE_BUCKETS_MAX, RATES, type RateName } from './limits.ts';

interface Bucket {
  tokens: number;
  atMs: number;
}

export class Rates {
  readonly #buckets = new Map<string, Bucket>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Takes `cost` tokens of `caller`, or throws `limit.rate` with the time until there are enough. */
  take(name: RateName, caller: string, cost = 1): void {
    const bucket = this.#fill(name, caller);
    if (bucket.tokens < cost) {
      const retryAfterMs = Math.ceil((1000 * (cost - bucket.tokens)) / RATES[name].perS);
      throw new AppError('limit.rate', name, { retryAfterMs });
    }
    bucket.tokens -= cost;
  }

  /** Throws as `take` does, and takes nothing: for limits that only failures use up. */
  ensure(name: RateName, caller: string): void {
    const bucket = this.#fill(name, caller);
    if (bucket.tokens < 1) throw new AppError('limit.rate', name, { retryAfterMs: Math.ceil(1000 / RATES[name].perS) });
  }

  #fill(name: RateName, caller: string): Bucket {
    const { burst, perS } = RATES[name];
    const key = `${name} ${caller}`;
    const nowMs = this.#nowMs();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + (perS * Math.max(0, nowMs - bucket.atMs)) / 1000);
    bucket.atMs = nowMs;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > RATE_BUCKETS_MAX) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket;
  }
}
