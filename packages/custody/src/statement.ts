/** Application statements: logged objects that AC1 carries without knowing them, such as a consent or a tombstone (PROTOCOL 11.2). */
import { type Codec, type Infer, opaque, struct, version } from '@countersign/bytes';

/** Bytes up to the end: the application's own encoding. */
const restCodec: Codec<Uint8Array> = {
  read: (reader) => reader.take(reader.remaining),
  write: (writer, value) => writer.bytes(value),
};

/** Every statement begins with version and kind; `kind` tells one application's object from another's. */
export const statementCodec = struct({ version, kind: opaque(1, 64), body: restCodec });
/** Its log entry (type 22) commits to H("AC1 object", Statement); the statement travels beside. */
export type Statement = Infer<typeof statementCodec>;
