/** UTF-8 text on the wire: bad UTF-8 is `content.text_invalid` when the field ends (PROTOCOL 15). */
import { Ac1Error, type Codec, fromUtf8, opaque, toUtf8 } from '@countersign/bytes';

/** `opaque name<floor..ceiling>` of UTF-8; lengths are in bytes. A text with a lone surrogate cannot be encoded. */
export function text(floor: number, ceiling: number): Codec<string> {
  const bytesCodec = opaque(floor, ceiling);
  return {
    read(reader) {
      const value = toUtf8(bytesCodec.read(reader));
      if (value === null) throw new Ac1Error('content.text_invalid');
      return value;
    },
    write(writer, value) {
      const bytes = fromUtf8(value);
      if (toUtf8(bytes) !== value) throw new RangeError('a text with a lone surrogate');
      bytesCodec.write(writer, bytes);
    },
  };
}
