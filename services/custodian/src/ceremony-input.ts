/** The JSON bodies of POST /v1/ceremony/{step}: hex for bytes, a named field for every fault (docs/network.md, custodian). */
import { fromHex } from '@countersign/bytes';
import type { CeremonyMessage } from '@countersign/threshold';
import { AppError } from '@countersign/wire';

const MESSAGES_MAX = 31;
const HEX_CHARS_MAX = 200_000;

type Body = Readonly<Record<string, unknown>>;

export function parseBody(body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new AppError('input.malformed', 'body');
  return body as Body;
}

/** Throws `input.malformed` with the field's name. */
export function bytesIn(body: Body, field: string, length?: number): Uint8Array {
  const value = body[field];
  const isHex = typeof value === 'string' && value.length <= HEX_CHARS_MAX && /^([0-9a-f]{2})+$/.test(value);
  if (!isHex || (length !== undefined && value.length !== 2 * length)) throw new AppError('input.malformed', field);
  return fromHex(value);
}

/** The messages of one round that are carried to a custodian; in round 2 each is addressed to `to`. */
export function messagesIn(body: Body, field: string, kind: CeremonyMessage['kind'], to: number | null): CeremonyMessage[] {
  const rows = body[field];
  if (!Array.isArray(rows) || rows.length > MESSAGES_MAX) throw new AppError('input.malformed', field);
  return rows.map((row: unknown): CeremonyMessage => {
    const message = parseBody(row);
    const { from } = message;
    if (typeof from !== 'number' || !Number.isInteger(from)) throw new AppError('input.malformed', `${field}.from`);
    const bytes = bytesIn(message, 'bytes');
    return kind === 'round2' ? { kind, from, to: to ?? 0, bytes } : { kind, from, bytes };
  });
}
