/** Voucher links: the voucher stands behind `#`, so that no server ever sees it in an address. */

const MARK = 'voucher=';

export function voucherLink(origin: string, voucher: string): string {
  return `${origin}/#${MARK}${voucher}`;
}

/** The voucher of an address such as `https://host/#voucher=CS1-...`, or null. */
export function voucherOf(href: string): string | null {
  const { hash } = new URL(href);
  const at = hash.indexOf(MARK);
  if (at === -1) return null;
  try {
    return decodeURIComponent(hash.slice(at + MARK.length)).trim() || null;
  } catch {
    return null;
  }
}

/** Vouchers as pasted: one a line or separated by commas or blanks, links among them. */
export function splitVouchers(text: string): string[] {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  return [...new Set(words.map((word) => (word.includes('#') ? linked(word) : word)))];
}

function linked(word: string): string {
  try {
    return voucherOf(word) ?? word;
  } catch {
    return word;
  }
}
