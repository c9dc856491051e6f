/** Sessions of officers: opened with a session proof by their Ed25519 key, judged by the log at every call (docs/network.md, Session proofs). */
import { equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  type AgencyId,
  hasRoleAt,
  type NetworkId,
  type Officer,
  type OfficerId,
  OfficerKeyAlg,
  Role,
} from '@countersign/custody';
import { type LogDirectory, NonceMemory } from '@countersign/service';
import { AppError, parseSessionProof, verifySessionProof } from '@countersign/wire';
import type { ShowingOfficer } from './may-show.ts';

const SESSION_MS = 12 * 3_600_000;
const SESSIONS_MAX = 10_000;
const TOKEN_BYTES = 32;

export interface SessionParts {
  readonly networkId: NetworkId;
  readonly agencies: readonly AgencyId[];
  readonly directory: LogDirectory;
  readonly nowMs: () => number;
  readonly random: Random;
}

export class OfficerSessions {
  readonly #parts: SessionParts;
  readonly #nonces = new NonceMemory();
  readonly #sessions = new Map<string, { readonly officerId: OfficerId; readonly expiresMs: number }>();

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  /** `authorization` is "Proof ..."; every reason to refuse is `session.proof_invalid`. */
  open(authorization: string | undefined): { readonly token: string; readonly expires: number } {
    const { networkId, nowMs, random } = this.#parts;
    const proof = parseSessionProof(Buffer.from(credentials(authorization, 'Proof'), 'base64url'));
    const officer = this.#officer(proof.id);
    if (officer === null || officer.key.alg !== OfficerKeyAlg.ed25519) throw new AppError('session.proof_invalid');
    verifySessionProof(proof, { audience: 'review', networkId, publicKey: officer.key.key, nowMs: nowMs() });
    this.#nonces.use(proof.nonce, nowMs());
    this.#forgetExpired();
    if (this.#sessions.size >= SESSIONS_MAX) throw new AppError('limit.connections');
    const token = toHex(random(TOKEN_BYTES));
    const expiresMs = nowMs() + SESSION_MS;
    this.#sessions.set(token, { officerId: proof.id, expiresMs });
    return { token, expires: Math.floor(expiresMs / 1000) };
  }

  /** The officer of "Bearer ...", who holds role 4 in a hosted agency at this moment; `session.expired` otherwise. */
  officerOf(authorization: string | undefined): ShowingOfficer {
    const session = this.#sessions.get(credentials(authorization, 'Bearer'));
    if (session === undefined || session.expiresMs <= this.#parts.nowMs()) throw new AppError('session.expired');
    const officer = this.#officer(session.officerId);
    if (officer === null) throw new AppError('session.expired');
    return { officerId: officer.officerId, agencyId: officer.organisationId as Uint8Array, mayRead: true };
  }

  #officer(officerId: OfficerId): Officer | null {
    const { directory, agencies, nowMs } = this.#parts;
    const officer = directory.officers(officerId);
    if (officer === null || !agencies.some((agency) => equal(agency, officer.organisationId))) return null;
    const now = Math.floor(nowMs() / 1000);
    const isRevoked = officer.revokedFrom !== null && officer.revokedFrom <= now;
    return hasRoleAt(officer, Role.requestingOfficer, now) && !isRevoked ? officer : null;
  }

  #forgetExpired(): void {
    for (const [token, { expiresMs }] of this.#sessions) if (expiresMs <= this.#parts.nowMs()) this.#sessions.delete(token);
  }
}

function credentials(authorization: string | undefined, scheme: 'Proof' | 'Bearer'): string {
  const [name, value] = (authorization ?? '').split(' ');
  if (name !== scheme || value === undefined || value === '') {
    throw new AppError(scheme === 'Proof' ? 'session.proof_invalid' : 'session.expired');
  }
  return value;
}
