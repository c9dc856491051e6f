/** Rows in and out: lists of byte strings as one parameter, and inserts in fixed sizes, so that few statements are ever prepared. */
import type { Sql, Transaction } from '@countersign/db';

/** Object ids of bytea[] and int8[]. */
const BYTEA_ARRAY = 1001;
const INT8_ARRAY = 1016;
const SIZES = [256, 64, 16, 4, 1] as const;

/** For `= any(...)`. */
export function bytesList(sql: Sql | Transaction, list: readonly Uint8Array[]) {
  return sql.array(list as Uint8Array[], BYTEA_ARRAY);
}

export function bigintList(sql: Sql | Transaction, list: readonly bigint[]) {
  return sql.array(list as bigint[], INT8_ARRAY);
}

export type Cell = Uint8Array | bigint | number | string | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** Inserts rows of one shape. */
export async function insertRows(tx: Sql | Transaction, table: string, rows: readonly Row[]): Promise<void> {
  for (const part of inFixedSizes(rows)) await tx`insert into ${tx(table)} ${tx(part as Record<string, never>[])}`;
}

/** `rows` in order, cut into 256, 64, 16, 4 and 1. */
export function* inFixedSizes<T>(rows: readonly T[]): Generator<T[]> {
  let start = 0;
  for (const size of SIZES) {
    while (rows.length - start >= size) {
      yield rows.slice(start, start + size);
      start += size;
    }
  }
}

/** A Buffer of the driver as plain bytes, which share its memory. */
export function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Distinct byte strings in ascending order: locks taken in one order cannot wait for each other in a circle. */
export function distinctSorted(list: Iterable<Uint8Array>): Uint8Array[] {
  const byText = new Map<string, Uint8Array>();
  for (const bytes of list) byText.set(Buffer.from(bytes).toString('hex'), bytes);
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, bytes]) => bytes);
}
