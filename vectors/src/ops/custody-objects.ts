/** Vector ops on any struct by its name: encode and sign, decode, verify (PROTOCOL 17, second table). */
import { decode, encode, fromHex, toHex } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { createSigned } from '@countersign/custody';
import type { CaseFields, Ops } from '../op.ts';
import { formatFields, parseFields } from './object-fields.ts';
import { OBJECT_TYPES, type ObjectType } from './object-types.ts';

export const objectOps: Ops = {
  object_encode(input) {
    const { codec, label } = typeOf(input);
    const fields = parseFields(input.fields);
    const value = label === undefined ? fields : createSigned(codec, label, fields, fromHex(input.seed));
    const bytes = encode(codec, value);
    return { bytes: toHex(bytes), hash: toHex(labelledHash('AC1 object', bytes)) };
  },
  object_decode(input) {
    return { fields: formatFields(decode(typeOf(input).codec, fromHex(input.bytes))) };
  },
  object_verify(input) {
    const { codec, verify } = typeOf(input);
    if (verify === undefined) throw new RangeError(`no verification of ${input.type}`);
    verify(decode(codec, fromHex(input.bytes)), input);
    return {};
  },
};

function typeOf(input: CaseFields): ObjectType {
  const type = OBJECT_TYPES[input.type];
  if (type === undefined) throw new RangeError(`no struct ${input.type}`);
  return type;
}
