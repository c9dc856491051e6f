/** Attempts to open a WebSocket, seen from outside: whether the door opens, and what a refused caller is told. */
import { request } from 'node:http';
import { crypto } from '@countersign/crypto';

export interface Attempt {
  readonly status: number;
  /** Of the refusal; null when the door opened. */
  readonly code: string | null;
  readonly body: string;
}

/** `proof` is the second protocol, base64url; null: no proof at all. The socket is closed again at once. */
export function tryUpgrade(url: string, proof: string | null): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const attempt = request(url, {
      headers: {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': Buffer.from(crypto.randomBytes(16)).toString('base64'),
        ...(proof === null ? {} : { 'sec-websocket-protocol': `countersign.v1, ${proof}` }),
      },
    });
    attempt.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, code: null, body: '' });
    });
    attempt.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => {
        const body = Buffer.concat(chunks).toString('utf8');
        resolve({ status: response.statusCode ?? 0, code: codeIn(body), body });
      });
    });
    attempt.once('error', reject);
    attempt.end();
  });
}

function codeIn(body: string): string {
  try {
    return String((JSON.parse(body) as { code?: unknown }).code);
  } catch {
    return `no code: ${body.slice(0, 80)}`;
  }
}
