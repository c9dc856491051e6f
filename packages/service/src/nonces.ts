/** Remembers the nonces of session proofs for as long as a proof could be shown again (docs/network.md, Session proofs). */
import { toHex } from '@countersign/bytes';
import { AppError, SESSION_PROOF_SKEW_MS } from '@countersign/wire';

const NONCES_MAX = 100_000;

export class NonceMemory {
  /** Nonce to the time when it may be forgotten; insertion order is time order. */
  readonly #expiryMs = new Map<string, number>();

  /** Throws `session.proof_invalid` for a nonce seen before, `limit.rate` when more proofs arrive than can be remembered. */
  use(nonce: Uint8Array, nowMs: number): void {
    for (const [old, expiryMs] of this.#expiryMs) {
      if (expiryMs > nowMs) break;
      this.#expiryMs.delete(old);
    }
    const name = toHex(nonce);
    if (this.#expiryMs.has(name)) throw new AppError('session.proof_invalid');
    if (this.#expiryMs.size >= NONCES_MAX) throw new AppError('limit.rate');
    this.#expiryMs.set(name, nowMs + 2 * SESSION_PROOF_SKEW_MS);
  }
}
