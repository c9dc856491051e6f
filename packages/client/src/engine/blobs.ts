/** Attachments on the wire: sealed blobs by HTTP under a token of the session (PROTOCOL 15; docs/network.md, delivery). */
import { create } from '@bufbuild/protobuf';
import { Ac1Error, concat, ensure, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { type Attachment, AttachmentOpener, attachmentBlobLength } from '@countersign/custody';
import { AppError, deliveryFrames, isAppCode } from '@countersign/wire';
import type { Session } from '../session/session.ts';

export type Fetch = typeof globalThis.fetch;

export class Blobs {
  readonly #url: string;
  readonly #fetch: Fetch;
  #token: { readonly text: string; readonly session: Session; readonly expires: bigint } | null = null;

  constructor(url: string, fetch: Fetch) {
    this.#url = url.replace(/\/+$/, '');
    this.#fetch = fetch;
  }

  /** The blob under its own hash; the same one again is no error. */
  async upload(session: Session, nowS: number, blob: Uint8Array): Promise<void> {
    const response = await this.#request(session, nowS, crypto.sha256(blob), {
      method: 'PUT',
      body: blob as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'application/octet-stream' },
    });
    await response.arrayBuffer();
  }

  /** The plaintext, proven to be what was sent: `attachment.invalid` otherwise, `input.unknown_blob` where there is none (any more). */
  async download(session: Session, nowS: number, attachment: Attachment): Promise<Uint8Array> {
    const opener = new AttachmentOpener(attachment);
    const response = await this.#request(session, nowS, attachment.blobId, { method: 'GET' });
    const expected = attachmentBlobLength(attachment.size);
    const length = response.headers.get('content-length');
    ensure(length === null || BigInt(length) === expected, 'attachment.invalid'); // before it is fetched
    const pieces: Uint8Array[] = [];
    let rest: Uint8Array = new Uint8Array(0);
    for await (const part of bodyOf(response)) {
      rest = rest.length === 0 ? part : concat(rest, part);
      while (opener.nextLength > 0 && rest.length >= opener.nextLength) {
        const length = opener.nextLength;
        pieces.push(opener.open(rest.subarray(0, length)));
        rest = rest.subarray(length);
      }
      if (opener.nextLength === 0 && rest.length > 0) throw new Ac1Error('attachment.invalid');
    }
    ensure(rest.length === 0, 'attachment.invalid');
    opener.finish();
    return concat(...pieces);
  }

  async #request(session: Session, nowS: number, id: Uint8Array, init: RequestInit): Promise<Response> {
    const token = await this.#tokenFor(session, nowS);
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${token}` };
    let response: Response;
    try {
      response = await this.#fetch(`${this.#url}/v1/blobs/${toHex(id)}`, { ...init, headers });
    } catch (cause) {
      throw new AppError('internal.unavailable', undefined, { cause });
    }
    if (!response.ok) throw await httpError(response);
    return response;
  }

  async #tokenFor(session: Session, nowS: number): Promise<string> {
    const known = this.#token;
    // Half a minute is enough to begin a request.
    if (known !== null && known.session === session && known.expires > BigInt(nowS + 30)) return known.text;
    const request = create(deliveryFrames.BlobTokenSchema, {});
    const { token, expires } = await session.call({ case: 'blobToken', value: request }, 'blobToken');
    this.#token = { text: token, session, expires };
    return token;
  }
}

/** The error of an HTTP answer that is none of 2xx; another form than ours is `internal.unknown`. */
export async function httpError(response: Response): Promise<AppError> {
  try {
    const { code, retry_after_ms: retryAfterMs = 0 } = (await response.json()) as { code?: unknown; retry_after_ms?: number };
    if (typeof code === 'string' && isAppCode(code)) return new AppError(code, undefined, { retryAfterMs });
  } catch {
    // A proxy's answer, for instance.
  }
  return new AppError(response.status >= 500 ? 'internal.unavailable' : 'internal.unknown');
}

async function* bodyOf(response: Response): AsyncIterable<Uint8Array> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value as Uint8Array;
  }
}
