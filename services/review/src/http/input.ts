/** Reads fields of requests; a wrong one is `input.malformed`, which names it. */
import { fromHex } from '@countersign/bytes';
import { AppError } from '@countersign/wire';

export type Query = Readonly<Record<string, unknown>>;

export function asObject(body: unknown): Query {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new AppError('input.malformed', 'body');
  return body as Query;
}

/** Bytes in lower-case hex: of `length`, or of 1 to `lengthMax`. */
export function hexField(query: Query, name: string, length: number | { readonly max: number }): Uint8Array {
  const value = query[name];
  const max = typeof length === 'number' ? length : length.max;
  const isHex = typeof value === 'string' && value.length <= 2 * max && value.length % 2 === 0 && /^[0-9a-f]+$/.test(value);
  if (!isHex || (typeof length === 'number' && value.length !== 2 * length)) throw new AppError('input.malformed', name);
  return fromHex(value);
}

export function optionalHex(query: Query, name: string, length: number): Uint8Array | null {
  return query[name] === undefined ? null : hexField(query, name, length);
}

export function textField(query: Query, name: string, lengthMax: number): string {
  const value = query[name];
  if (typeof value !== 'string' || value === '' || value.length > lengthMax) throw new AppError('input.malformed', name);
  return value;
}

/** A whole number, also as text; `fallback` where it is missing. */
export function integerField(query: Query, name: string, max: bigint, fallback: bigint): bigint {
  const value = query[name];
  if (value === undefined) return fallback;
  if (!(typeof value === 'string' || typeof value === 'number') || !/^\d{1,19}$/.test(String(value))) {
    throw new AppError('input.malformed', name);
  }
  const number = BigInt(value);
  if (number > max) throw new AppError('input.malformed', name);
  return number;
}

export function listField(query: Query, name: string, lengthMax: number): unknown[] {
  const value = query[name];
  if (!Array.isArray(value)) throw new AppError('input.malformed', name);
  if (value.length > lengthMax) throw new AppError('limit.items', name);
  return value;
}
