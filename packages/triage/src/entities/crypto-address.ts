/** Addresses of Bitcoin (base58check, BIP 173/350), Ethereum (EIP-55) and Monero, with their checksums where they have one. */
import { sha256 } from '@noble/hashes/sha2.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { entityAt } from './context.ts';
import type { Entity } from './entity.ts';

const ADDRESS =
  /(?<![A-Za-z0-9])(?:(?<bech32>bc1[a-z0-9]{11,87})|(?<ethereum>0x[0-9a-fA-F]{40})|(?<monero>[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93})|(?<base58>[13][1-9A-HJ-NP-Za-km-z]{25,34}))(?![A-Za-z0-9])/g;
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BECH32 = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const BECH32_CONSTANTS = [1, 0x2bc830a3];
const BECH32_GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];

/** `checked` is false for an address that cannot be paid to. A base58 word without its checksum is no address: it is left out. */
export function findCryptoAddresses(text: string): readonly Entity[] {
  const found: Entity[] = [];
  for (const match of text.matchAll(ADDRESS)) {
    const [address] = match;
    const { bech32, ethereum, monero } = match.groups ?? {};
    const checked =
      bech32 !== undefined
        ? isBech32(address)
        : ethereum !== undefined
          ? isEip55(address)
          : monero !== undefined || isBase58Check(address);
    if (checked || bech32 !== undefined || ethereum !== undefined) {
      found.push(entityAt(text, 'crypto_address', match.index, match.index + address.length, checked));
    }
  }
  return found;
}

function isBase58Check(address: string): boolean {
  let value = 0n;
  for (const character of address) value = value * 58n + BigInt(BASE58.indexOf(character));
  const hex = value.toString(16).padStart(50, '0');
  if (hex.length !== 50) return false;
  const bytes = Uint8Array.from({ length: 25 }, (_, at) => Number.parseInt(hex.slice(at * 2, at * 2 + 2), 16));
  const sum = sha256(sha256(bytes.subarray(0, 21)));
  return bytes.subarray(21).every((byte, at) => byte === sum[at]);
}

/** BIP 173 for version 0, BIP 350 for later ones. */
function isBech32(address: string): boolean {
  const data = [...address.slice(3)].map((character) => BECH32.indexOf(character));
  if (data.includes(-1)) return false;
  const values = [3, 3, 0, 2, 3, ...data];
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    BECH32_GENERATOR.forEach((generator, bit) => {
      if ((top >>> bit) & 1) sum ^= generator;
    });
  }
  return sum >>> 0 === BECH32_CONSTANTS[data[0] === 0 ? 0 : 1];
}

/** All lower or all upper case carries no checksum and is accepted, as EIP-55 says. */
function isEip55(address: string): boolean {
  const digits = address.slice(2);
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase()) return true;
  const hash = keccak_256(new TextEncoder().encode(digits.toLowerCase()));
  return [...digits].every((digit, at) => {
    const nibble = ((hash[at >> 1] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15;
    return /\d/.test(digit) || nibble >= 8 === (digit === digit.toUpperCase());
  });
}
