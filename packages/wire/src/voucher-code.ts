/** The text form of a voucher (docs/network.md, delivery): `CS1-`, then 26 + 4 letters of base32 in groups, the last four a checksum. */
import { fromUtf8, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';

export const VOUCHER_SECRET_BYTES = 16;
const PREFIX = 'CS1';
/** Crockford's letters: none of I, L, O, U. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const SECRET_LETTERS = 26;
const CHECK_LETTERS = 4;
const GROUP_LETTERS = 5;

/** E.g. `CS1-2Z4FN-...`; `secret` is 16 random bytes. */
export function formatVoucher(secret: Uint8Array): string {
  if (secret.length !== VOUCHER_SECRET_BYTES) throw new RangeError('a voucher has 16 bytes');
  const letters = toLetters(secret, SECRET_LETTERS) + checksum(secret);
  const groups = letters.match(new RegExp(`.{1,${GROUP_LETTERS}}`, 'g')) ?? [];
  return [PREFIX, ...groups].join('-');
}

/** The secret of a voucher as a person types it (either case, spaces, O for 0, I and L for 1); null when it is none. */
export function parseVoucher(text: string): Uint8Array | null {
  if (text.length > 100 || toUtf8(fromUtf8(text)) !== text) return null;
  const plain = text.toUpperCase().replace(/[\s-]/g, '');
  if (!plain.startsWith(PREFIX)) return null;
  const letters = plain.slice(PREFIX.length).replaceAll('O', '0').replace(/[IL]/g, '1');
  if (letters.length !== SECRET_LETTERS + CHECK_LETTERS) return null;
  const secret = fromLetters(letters.slice(0, SECRET_LETTERS));
  return secret !== null && letters.slice(SECRET_LETTERS) === checksum(secret) ? secret : null;
}

/** 20 bits of SHA-256: a slip of the finger is noticed before anything is sent. */
function checksum(secret: Uint8Array): string {
  return toLetters(crypto.sha256(secret).subarray(0, 3), CHECK_LETTERS);
}

/** The first 5 * `count` bits, zeros after the end. */
function toLetters(bytes: Uint8Array, count: number): string {
  let text = '';
  for (let letter = 0; letter < count; letter++) {
    let value = 0;
    for (let bit = 5 * letter; bit < 5 * letter + 5; bit++) {
      value = (value << 1) | (((bytes[bit >> 3] ?? 0) >> (7 - (bit & 7))) & 1);
    }
    text += LETTERS[value];
  }
  return text;
}

/** Null for another letter, or for bits behind the 16 bytes that are not zero. */
function fromLetters(text: string): Uint8Array | null {
  const secret = new Uint8Array(VOUCHER_SECRET_BYTES);
  for (let bit = 0; bit < 5 * text.length; bit++) {
    const value = LETTERS.indexOf(text[Math.floor(bit / 5)] as string);
    if (value < 0) return null;
    const isSet = ((value >> (4 - (bit % 5))) & 1) === 1;
    if (!isSet) continue;
    if (bit >= 8 * VOUCHER_SECRET_BYTES) return null;
    secret[bit >> 3] = (secret[bit >> 3] as number) | (1 << (7 - (bit & 7)));
  }
  return secret;
}
