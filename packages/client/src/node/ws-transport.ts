/** Transport over the package `ws`, which shows why a service refused the upgrade. */
import type { IncomingMessage } from 'node:http';
import { AppError, isAppCode } from '@countersign/wire';
import { WebSocket } from 'ws';
import { toBase64url } from '../port/base64url.ts';
import { type Link, SUBPROTOCOL, socketUrl, type Transport } from '../port/transport.ts';

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A mailbox page with 500 items of the largest size is more than one frame should carry; delivery splits before this. */
const FRAME_BYTES_MAX = 64 << 20;
const REFUSAL_BYTES_MAX = 4096;

export const wsTransport: Transport = {
  connect: (url, proof, events) =>
    new Promise<Link>((resolve, reject) => {
      const socket = new WebSocket(socketUrl(url), [SUBPROTOCOL, toBase64url(proof)], {
        perMessageDeflate: false,
        handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
        maxPayload: FRAME_BYTES_MAX,
      });
      let isOpen = false;
      socket.binaryType = 'nodebuffer';
      socket.on('unexpected-response', (_request, response) => {
        void refusalOf(response).then((error) => {
          reject(error);
          socket.terminate();
        });
      });
      socket.on('error', (cause) => reject(new AppError('internal.unavailable', undefined, { cause })));
      socket.on('message', (data: Buffer) => events.frame(Uint8Array.from(data)));
      socket.on('close', () => {
        if (isOpen) events.closed();
        else reject(new AppError('internal.unavailable'));
      });
      socket.on('open', () => {
        isOpen = true;
        resolve({
          send: (frame) => socket.send(frame),
          // A service that hangs must not keep the connection half open.
          close: () => socket.terminate(),
        });
      });
    }),
};

/** The error that the service answered with instead of the upgrade. */
async function refusalOf(response: IncomingMessage): Promise<AppError> {
  let body = '';
  try {
    for await (const piece of response) {
      body += String(piece);
      if (body.length > REFUSAL_BYTES_MAX) break;
    }
    const { code } = JSON.parse(body) as { code?: unknown };
    if (typeof code === 'string' && isAppCode(code)) return new AppError(code);
  } catch {
    // An answer of another form, from a proxy for instance.
  }
  return new AppError(response.statusCode === 401 ? 'session.proof_invalid' : 'internal.unavailable');
}
