/** A struct's value and the fields that vectors write for it (PROTOCOL 17): other names, bytes in hex, 64-bit numbers as decimals. */
import { fromHex, toHex } from '@countersign/bytes';
import type { CaseFields } from '../op.ts';

/** Fields of 64 bits in the structs of the object ops; every other text is hex, but for a territory. */
const UINT64_FIELDS: ReadonlySet<string> = new Set([
  'batch',
  'due',
  'epoch',
  'expires',
  'from',
  'issued',
  'log_index',
  'not_after',
  'not_before',
  'notify_by',
  'recv_ms',
  'review_by',
  'stamp_index',
  'time',
  'to',
]);

/** The value that a codec writes, from a vector's fields. */
export function parseFields(fields: CaseFields): CaseFields {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [toCamel(name), parseValue(name, value)]));
}

function parseValue(name: string, value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => parseValue(name, item));
  if (typeof value === 'object' && value !== null) return parseFields(value as CaseFields);
  if (typeof value !== 'string' || name === 'territory') return value;
  return UINT64_FIELDS.has(name) ? BigInt(value) : fromHex(value);
}

/** A vector's fields, from the value that a codec read. */
export function formatFields(value: object): CaseFields {
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [toSnake(name), formatValue(field)]));
}

function formatValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(formatValue);
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'object' && value !== null ? formatFields(value) : value;
}

function toCamel(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function toSnake(name: string): string {
  return name.replace(/[a-z0-9][A-Z]/g, (pair) => `${pair.charAt(0)}_${pair.charAt(1).toLowerCase()}`);
}
