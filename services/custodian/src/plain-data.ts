/** Plain data as text and back: what JSON cannot hold (bytes, maps, bigints) is tagged. For the agent's own encrypted files, not for any wire. */
import { fromHex, toHex } from '@countersign/bytes';

type Tagged =
  | { readonly $bytes: string }
  | { readonly $big: string }
  | { readonly $map: readonly (readonly [unknown, unknown])[] };

/** Takes objects, arrays, maps, bytes, bigints and what JSON knows; a key that begins with `$` is ours and is a RangeError. */
export function formatPlain(value: unknown): string {
  return JSON.stringify(tag(value));
}

/** The value of a text that `formatPlain` made; brands of bytes are the caller's word. */
export function parsePlain<T>(text: string): T {
  return untag(JSON.parse(text)) as T;
}

function tag(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: toHex(value) };
  if (typeof value === 'bigint') return { $big: value.toString() };
  if (value instanceof Map) return { $map: [...value].map(([key, item]) => [tag(key), tag(item)]) };
  if (Array.isArray(value)) return value.map(tag);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value);
  if (fields.some(([name]) => name.startsWith('$'))) throw new RangeError('a name that is reserved');
  return Object.fromEntries(fields.map(([name, item]) => [name, tag(item)]));
}

function untag(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untag);
  if (typeof value !== 'object' || value === null) return value;
  const tagged = value as Partial<Record<'$bytes' | '$big', string>> & Partial<Extract<Tagged, { $map: unknown }>>;
  if (tagged.$bytes !== undefined) return fromHex(tagged.$bytes);
  if (tagged.$big !== undefined) return BigInt(tagged.$big);
  if (tagged.$map !== undefined) return new Map(tagged.$map.map(([key, item]) => [untag(key), untag(item)]));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, untag(item)]));
}
