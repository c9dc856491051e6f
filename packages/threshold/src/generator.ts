/** Gbar, the second generator of PROTOCOL 2: a point whose logarithm to the base G nobody knows. A test derives it by hash_to_curve. */
import { fromHex } from '@countersign/bytes';
import { parsePoint65 } from './point.ts';

export const GBAR = parsePoint65(
  fromHex(
    '04fc8a50abca6147aeca2a98853ef99a1f24c8e98519ced44aef61b1d8fd52d706' +
      'ea30b376544ec7fba9c82bf55e671fc78da59f2d158a9e865c86214d714f12cd',
  ),
);
