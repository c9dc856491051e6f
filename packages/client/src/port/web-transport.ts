/** Transport over the platform's WebSocket (WHATWG), which is handed in: browsers have it, Node from 22 on. */
import { AppError } from '@countersign/wire';
import { toBase64url } from './base64url.ts';
import { type Link, type LinkEvents, SUBPROTOCOL, socketUrl, type Transport } from './transport.ts';

/** The part of a WebSocket that is used here. */
export interface WebSocketLike {
  binaryType: string;
  onopen: (() => void) | null;
  onerror: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(data: Uint8Array): void;
  close(): void;
}

/** A refused upgrade is `internal.unavailable`: the platform hides why. */
export function createWebTransport(WebSocketClass: new (url: string, protocols: string[]) => WebSocketLike): Transport {
  return {
    connect: (url, proof, events) =>
      new Promise<Link>((resolve, reject) => {
        const socket = new WebSocketClass(socketUrl(url), [SUBPROTOCOL, toBase64url(proof)]);
        socket.binaryType = 'arraybuffer';
        const fail = () => reject(new AppError('internal.unavailable'));
        socket.onerror = fail;
        socket.onclose = fail;
        socket.onopen = () => {
          attach(socket, events);
          resolve({ send: (frame) => socket.send(frame), close: () => socket.close() });
        };
      }),
  };
}

function attach(socket: WebSocketLike, events: LinkEvents): void {
  let open = true;
  const end = () => {
    if (open) events.closed();
    open = false;
  };
  socket.onerror = end;
  socket.onclose = end;
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) events.frame(new Uint8Array(data));
    else socket.close(); // a text frame is none of ours
  };
}
