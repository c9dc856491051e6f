/** HumanSessions: the one person who decides for this custodian, known by his key (docs/network.md, Session proofs). */
import type { IncomingHttpHeaders } from 'node:http';
import { equal, fromHex, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { NonceMemory, readCredentials } from '@countersign/service';
import { AppError, parseSessionProof, verifySessionProof } from '@countersign/wire';

const SESSION_MS = 3_600_000;
const SESSIONS_MAX = 100;
const TOKEN_BYTES = 32;

export interface HumanSessionsOptions {
  readonly networkId: Uint8Array;
  readonly human: { readonly id: Uint8Array; readonly key: Uint8Array };
  readonly nowMs: () => number;
  readonly random: Random;
}

export class HumanSessions {
  readonly #options: HumanSessionsOptions;
  readonly #nonces = new NonceMemory();
  /** Token to the time of its end; insertion order is time order. */
  readonly #sessions = new Map<string, number>();

  constructor(options: HumanSessionsOptions) {
    this.#options = options;
  }

  /** Answers the proof in a request's headers; `session.proof_invalid` for anybody else. `expires` in unix seconds. */
  open(headers: IncomingHttpHeaders): { token: string; expires: number } {
    const { networkId, human, nowMs, random } = this.#options;
    const bytes = Buffer.from(readCredentials(headers, 'Proof') ?? '', 'base64url');
    const proof = parseSessionProof(bytes);
    if (!equal(proof.id, human.id)) throw new AppError('session.proof_invalid');
    verifySessionProof(proof, { audience: 'custodian', networkId, publicKey: human.key, nowMs: nowMs() });
    this.#nonces.use(proof.nonce, nowMs());
    const token = toHex(random(TOKEN_BYTES));
    const endMs = nowMs() + SESSION_MS;
    this.#forget();
    if (this.#sessions.size >= SESSIONS_MAX) throw new AppError('limit.connections');
    this.#sessions.set(token, endMs);
    return { token, expires: Math.floor(endMs / 1000) };
  }

  /** Throws `session.expired` unless the headers name a session that lasts. */
  ensure(headers: IncomingHttpHeaders): void {
    const given = readCredentials(headers, 'Bearer') ?? '';
    this.#forget();
    const known = [...this.#sessions.keys()].some((token) => isSameToken(token, given));
    if (!known) throw new AppError('session.expired');
  }

  #forget(): void {
    for (const [token, endMs] of this.#sessions) if (endMs <= this.#options.nowMs()) this.#sessions.delete(token);
  }
}

function isSameToken(token: string, given: string): boolean {
  return /^[0-9a-f]{64}$/.test(given) && equal(fromHex(token), fromHex(given));
}
