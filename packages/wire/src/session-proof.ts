/** Session proofs (docs/network.md): how a device, gateway, officer or custodian's human shows who it is once a connection. */
import { concat, fromUtf8, labelBytes, u64 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { AppError } from './app-error.ts';

export type Audience = 'delivery' | 'custody-stream' | 'review' | 'custodian';

const ID_BYTES = 16;
const NONCE_BYTES = 16;
const PROOF_BYTES = 8 + NONCE_BYTES + ID_BYTES + 64;
/** How far the clock of the caller may be off. */
export const SESSION_PROOF_SKEW_MS = 60_000;

export interface SessionProof {
  readonly timeMs: number;
  readonly nonce: Uint8Array;
  /** Of the device, the gateway's or officer's certificate, or the custodian's human. */
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
}

export interface SessionProofInput {
  readonly audience: Audience;
  readonly networkId: Uint8Array;
  readonly id: Uint8Array;
  /** Ed25519 seed of the caller's key. */
  readonly seed: Uint8Array;
  readonly nowMs: number;
}

export function createSessionProof(input: SessionProofInput, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  const timeMs = u64(BigInt(input.nowMs));
  const message = proofMessage(input.audience, input.networkId, timeMs, nonce, input.id);
  return concat(timeMs, nonce, input.id, crypto.ed25519Sign(input.seed, message));
}

/** The fields of a proof, nothing of it proven yet; another length is `session.proof_invalid`. */
export function parseSessionProof(bytes: Uint8Array): SessionProof {
  if (bytes.length !== PROOF_BYTES) throw new AppError('session.proof_invalid');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    timeMs: Number(view.getBigUint64(0)),
    nonce: bytes.slice(8, 24),
    id: bytes.slice(24, 40),
    signature: bytes.slice(40),
  };
}

/** Throws `session.proof_invalid` unless `publicKey` signed the proof for this audience within the allowed skew. Replays are the caller's to refuse. */
export function verifySessionProof(
  proof: SessionProof,
  expected: {
    readonly audience: Audience;
    readonly networkId: Uint8Array;
    readonly publicKey: Uint8Array;
    readonly nowMs: number;
  },
): void {
  const message = proofMessage(expected.audience, expected.networkId, u64(BigInt(proof.timeMs)), proof.nonce, proof.id);
  const inTime = Math.abs(expected.nowMs - proof.timeMs) <= SESSION_PROOF_SKEW_MS;
  if (!inTime || !crypto.ed25519Verify(expected.publicKey, message, proof.signature)) throw new AppError('session.proof_invalid');
}

function proofMessage(
  audience: Audience,
  networkId: Uint8Array,
  timeMs: Uint8Array,
  nonce: Uint8Array,
  id: Uint8Array,
): Uint8Array {
  return concat(labelBytes('countersign session'), labelBytes(audience), networkId, fromUtf8('\0'), timeMs, nonce, id);
}
