/** Records of the engine as bytes for a Store: JSON, with byte strings and big integers marked. Our own data, so a fault is a bug. */
import { fromHex, fromUtf8, toHex, toUtf8 } from '@countersign/bytes';

const BYTES = '$b';
const INTEGER = '$n';

/** Values are JSON's, Uint8Array and bigint; `undefined` fields are left out. */
export function encodeRecord(value: unknown): Uint8Array {
  return fromUtf8(JSON.stringify(value, mark));
}

export function decodeRecord<T>(bytes: Uint8Array): T {
  return JSON.parse(toUtf8(bytes) ?? '', unmark) as T;
}

function mark(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return { [BYTES]: toHex(value) };
  if (typeof value === 'bigint') return { [INTEGER]: value.toString() };
  return value;
}

function unmark(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { [BYTES]: bytes, [INTEGER]: integer } = value as Record<string, unknown>;
  if (typeof bytes === 'string') return fromHex(bytes);
  return typeof integer === 'string' ? BigInt(integer) : value;
}
