/** A key's fingerprint, in groups of four that two people can compare by voice. */

/** `9f3a 12c4 ...` from hex. */
function groupHex(hex: string): string {
  return hex.match(/.{1,4}/g)?.join(' ') ?? '';
}

export function Fingerprint({ hex }: { readonly hex: string }) {
  return <code className="cs-fingerprint">{groupHex(hex)}</code>;
}
