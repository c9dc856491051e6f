/** Standard base64 with padding (RFC 4648 section 4), as every C2SP log text uses it; one text for each byte string. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES = new Map(Array.from(ALPHABET, (letter, value) => [letter.charCodeAt(0), value]));
const SHAPE = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += ALPHABET.charAt(group >>> 18) + ALPHABET.charAt((group >>> 12) & 63);
    text += left > 1 ? ALPHABET.charAt((group >>> 6) & 63) : '=';
    text += left > 2 ? ALPHABET.charAt(group & 63) : '=';
  }
  return text;
}

/** The bytes, or null: also for missing padding, line breaks and unused bits that are not zero, which would be a second spelling. */
export function parseBase64(text: string): Uint8Array | null {
  if (!SHAPE.test(text)) return null;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const value = (at: number): number => VALUES.get(text.charCodeAt(at)) ?? 0;
  for (let i = 0, out = 0; i < text.length; i += 4, out += 3) {
    const group = (value(i) << 18) | (value(i + 1) << 12) | (value(i + 2) << 6) | value(i + 3);
    bytes[out] = group >>> 16;
    if (out + 1 < bytes.length) bytes[out + 1] = group >>> 8;
    else if ((group & 0xffff) !== 0) return null;
    if (out + 2 < bytes.length) bytes[out + 2] = group;
    else if ((group & 0xff) !== 0) return null;
  }
  return bytes;
}
