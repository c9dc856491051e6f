/** WebSocket upgrades that carry a session proof: verified before anything is read (docs/network.md, Session proofs). */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Sql } from '@countersign/db';
import { describeError } from '@countersign/service';
import {
  AppError,
  type Audience,
  parseSessionProof,
  SESSION_PROOF_SKEW_MS,
  type SessionProof,
  verifySessionProof,
} from '@countersign/wire';
import { type WebSocket, WebSocketServer } from 'ws';

const PROTOCOL = 'countersign.v1';
/** A proof takes 139 letters. */
const PROOF_LETTERS_MAX = 200;
/** Nobody has its private key: an unknown caller's proof is verified all the same, and takes as long. */
const NOBODYS_KEY = new Uint8Array(32).fill(7);

/** Opens WebSockets; compression is off, since it would tell lengths of secrets and costs more than it saves. */
export function createSocketServer(frameBytesMax: number): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    maxPayload: frameBytesMax,
    perMessageDeflate: false,
    skipUTF8Validation: true,
    handleProtocols: () => PROTOCOL,
  });
}

/** The proof of the upgrade request; `session.proof_invalid` when there is none. */
export function readProof(request: IncomingMessage): SessionProof {
  const [protocol, proof = '', ...rest] = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  const isForm =
    protocol === PROTOCOL && rest.length === 0 && proof.length <= PROOF_LETTERS_MAX && /^[A-Za-z0-9_-]+$/.test(proof);
  if (!isForm) throw new AppError('session.proof_invalid');
  return parseSessionProof(new Uint8Array(Buffer.from(proof, 'base64url')));
}

export interface ProofContext {
  readonly sql: Sql;
  readonly audience: Audience;
  readonly networkId: Uint8Array;
  readonly nowMs: () => number;
}

/** Throws `session.proof_invalid` unless `publicKey` (null: nobody's) signed it, now and for the first time in any process. */
export async function useProof(proof: SessionProof, publicKey: Uint8Array | null, context: ProofContext): Promise<void> {
  const { sql, audience, networkId, nowMs } = context;
  verifySessionProof(proof, { audience, networkId, publicKey: publicKey ?? NOBODYS_KEY, nowMs: nowMs() });
  if (publicKey === null) throw new AppError('session.proof_invalid');
  const expires = Math.ceil((nowMs() + 2 * SESSION_PROOF_SKEW_MS) / 1000);
  const fresh =
    await sql`insert into session_nonce (nonce, expires) values (${proof.nonce}, ${expires}) on conflict do nothing returning 1`;
  if (fresh.length === 0) throw new AppError('session.proof_invalid');
}

/** Completes the upgrade. */
export function acceptUpgrade(
  server: WebSocketServer,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<WebSocket> {
  return new Promise((resolve) => server.handleUpgrade(request, socket, head, resolve));
}

/** Answers an upgrade that is refused with the error's status and code, and closes. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  const { status, body } = describeError(error);
  const text = JSON.stringify(body);
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
