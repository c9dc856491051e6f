/**
 * The TLS presentation language (RFC 8446 section 3) as combinators, with the canonical decoding of PROTOCOL 3:
 * every struct has one encoding, and input is refused at its first fault in byte order.
 *
 * The enemy writes what `decode` reads: it can only end in a value or in an `Ac1Error` with a `decode.*` code (or a
 * code that a `refine` names). What `encode` is given comes from us: a value out of range there is a RangeError.
 */
import { compare } from './bytes.ts';
import { type Ac1Code, Ac1Error } from './error.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface Codec<T> {
  read(reader: Reader): T;
  write(writer: Writer, value: T): void;
}

/** The type that a codec carries. */
export type Infer<C> = C extends Codec<infer T> ? T : never;

/** The value of exactly these bytes; bytes left over are `decode.trailing`. The result shares memory with `bytes`. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array): T {
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  if (reader.remaining > 0) throw new Ac1Error('decode.trailing');
  return value;
}

export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.finish();
}

function unsigned(size: 1 | 2 | 3 | 4): Codec<number> {
  return {
    read: (reader) => reader.uint(size),
    write: (writer, value) => writer.uint(size, value),
  };
}

export const uint8 = unsigned(1);
export const uint16 = unsigned(2);
export const uint24 = unsigned(3);
export const uint32 = unsigned(4);
export const uint64: Codec<bigint> = {
  read: (reader) => reader.uint64(),
  write: (writer, value) => writer.uint64(value),
};

/** `version`: always 0x0001 on the wire, so no field of the value. */
export const version: Codec<1> = {
  read(reader) {
    if (reader.uint(2) !== 1) throw new Ac1Error('decode.version');
    return 1;
  },
  write: (writer) => writer.uint(2, 1),
};

/** An enum: a number that must be one of `values`. */
export function enumeration<const V extends number>(size: 1 | 2, values: readonly V[]): Codec<V> {
  return {
    read(reader) {
      const value = reader.uint(size);
      if (!(values as readonly number[]).includes(value)) throw new Ac1Error('decode.enum');
      return value as V;
    },
    write(writer, value) {
      if (!values.includes(value)) throw new RangeError(`${value} is not named in the enum`);
      writer.uint(size, value);
    },
  };
}

/** `codec` with a further condition, checked when the field ends. */
export function refine<T>(codec: Codec<T>, holds: (value: T) => boolean, code: Ac1Code = 'decode.value'): Codec<T> {
  return {
    read(reader) {
      const value = codec.read(reader);
      if (!holds(value)) throw new Ac1Error(code);
      return value;
    },
    write(writer, value) {
      if (!holds(value)) throw new RangeError(`a value that decoders refuse with ${code}`);
      codec.write(writer, value);
    },
  };
}

/** `codec` seen as another type; both functions are total. */
export function map<T, U>(codec: Codec<T>, from: (value: T) => U, to: (value: U) => T): Codec<U> {
  return {
    read: (reader) => from(codec.read(reader)),
    write: (writer, value) => codec.write(writer, to(value)),
  };
}

declare const brand: unique symbol;
/** Bytes of one kind: a plain Uint8Array may become one, but two kinds do not mix. */
export type Opaque<Name extends string> = Uint8Array & { readonly [brand]?: Name };

/** `opaque name[length]`. */
export function fixed<Name extends string = string>(length: number): Codec<Opaque<Name>> {
  return {
    read: (reader) => reader.take(length),
    write(writer, value) {
      if (value.length !== length) throw new RangeError(`${value.length} bytes where ${length} belong`);
      writer.bytes(value);
    },
  };
}

/** `opaque name<floor..ceiling>`; the prefix has as many bytes as the ceiling needs. */
export function opaque(floor: number, ceiling: number): Codec<Uint8Array> {
  const size = prefixSize(ceiling);
  return {
    read: (reader) => reader.take(readLength(reader, size, floor, ceiling)),
    write(writer, value) {
      checkLength(value.length, floor, ceiling);
      writer.uint(size, value.length);
      writer.bytes(value);
    },
  };
}

export interface ListOptions {
  /** Elements strictly ascend by their encoded bytes, else `decode.order` when the list ends. */
  readonly sorted?: boolean;
}

/** `T name<floor..ceiling>`: floor and ceiling are in bytes. */
export function list<T>(element: Codec<T>, floor: number, ceiling: number, options: ListOptions = {}): Codec<T[]> {
  const size = prefixSize(ceiling);
  return {
    read(reader) {
      const body = new Reader(reader.take(readLength(reader, size, floor, ceiling)));
      const values: T[] = [];
      const encoded: Uint8Array[] = [];
      while (body.remaining > 0) {
        const start = body.offset;
        values.push(element.read(body));
        if (options.sorted) encoded.push(body.since(start));
      }
      if (!isAscending(encoded)) throw new Ac1Error('decode.order');
      return values;
    },
    write(writer, values) {
      const parts = values.map((value) => encode(element, value));
      if (options.sorted && !isAscending(parts)) throw new RangeError('a sorted list whose elements do not ascend');
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      checkLength(length, floor, ceiling);
      writer.uint(size, length);
      for (const part of parts) writer.bytes(part);
    },
  };
}

/** `T name[count]` with T other than opaque: count elements, no prefix. */
export function array<T>(element: Codec<T>, count: number): Codec<T[]> {
  return {
    read: (reader) => Array.from({ length: count }, () => element.read(reader)),
    write(writer, values) {
      if (values.length !== count) throw new RangeError(`${values.length} elements where ${count} belong`);
      for (const value of values) element.write(writer, value);
    },
  };
}

type Fields = { readonly [name: string]: Codec<unknown> };
// biome-ignore lint/suspicious/noExplicitAny: a codec is invariant in its type, so only `any` accepts every codec
type AnyFields = { readonly [name: string]: Codec<any> };
/** The value of a struct: its fields but `version`, which is a constant of the wire. */
export type StructValue<F extends AnyFields> = { [K in Exclude<keyof F, 'version'>]: Infer<F[K]> };

/** Fields in order. A field called `version` is written as 0x0001 and left out of the value. */
export function struct<F extends AnyFields>(fields: F): Codec<StructValue<F>> & { readonly fields: F } {
  const entries = Object.entries(fields as Fields);
  return {
    fields,
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) {
        const field = codec.read(reader);
        if (name !== 'version') value[name] = field;
      }
      return value as StructValue<F>;
    },
    write(writer, value) {
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, unknown>)[name]);
    },
  };
}

function prefixSize(ceiling: number): 1 | 2 | 3 | 4 {
  if (ceiling < 2 ** 8) return 1;
  if (ceiling < 2 ** 16) return 2;
  if (ceiling < 2 ** 24) return 3;
  return 4;
}

function readLength(reader: Reader, size: 1 | 2 | 3 | 4, floor: number, ceiling: number): number {
  const length = reader.uint(size);
  if (length < floor || length > ceiling) throw new Ac1Error('decode.length');
  return length;
}

function checkLength(length: number, floor: number, ceiling: number): void {
  if (length < floor || length > ceiling) throw new RangeError(`length ${length} is outside ${floor}..${ceiling}`);
}

function isAscending(encoded: readonly Uint8Array[]): boolean {
  return encoded.every((bytes, i) => i === 0 || compare(encoded[i - 1] as Uint8Array, bytes) < 0);
}
