/** Vault: what is kept at rest is sealed, under a key from the gateway's passphrase or under one that is itself sealed so (ARCHITECTURE, what must never happen). */
import { scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { concat, equal, fromUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import type { Sql } from '@countersign/db';

const deriveKey = promisify<string, Uint8Array, number, object, Buffer>(scrypt);

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const SALT_BYTES = 16;
/** 64 MB and some tenths of a second for each guess of the passphrase. */
const SCRYPT = { N: 2 ** 16, r: 8, p: 1, maxmem: 128 * 2 ** 20 };
const PROBE = fromUtf8('countersign review vault');

/** What a sealed value is, bound into its seal: a value moved to another row or column does not open. */
export type Place = readonly [kind: 'probe' | 'order case' | 'order key' | 'K' | 'data key' | 'content', ...ids: Uint8Array[]];

/** nonce || AES-256-GCM under `key`. */
export function seal(key: Uint8Array, place: Place, plaintext: Uint8Array, random: Random): Uint8Array {
  const nonce = random(NONCE_BYTES);
  return concat(nonce, crypto.aesGcmSeal(key, nonce, placeBytes(place), plaintext));
}

/** Throws for a value that was not sealed under this key for this place: the database was changed, or the wrong key is used. */
export function open(key: Uint8Array, place: Place, sealed: Uint8Array): Uint8Array {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plaintext = crypto.aesGcmOpen(key, nonce, placeBytes(place), sealed.subarray(NONCE_BYTES));
  if (plaintext === null) throw new Error(`a sealed ${place[0]} does not open`);
  return plaintext;
}

function placeBytes([kind, ...ids]: Place): Uint8Array {
  return concat(fromUtf8(`${kind}\0`), ...ids);
}

/** The key of the whole gateway. The first start chooses the salt; another passphrase later is refused. */
export async function openVault(sql: Sql, passphrase: string, random: Random): Promise<Uint8Array> {
  const salt = random(SALT_BYTES);
  const [found] = await sql<{ salt: Buffer; probe: Buffer }[]>`select salt, probe from vault`;
  if (found !== undefined) {
    const key = await deriveKey(passphrase, found.salt, KEY_BYTES, SCRYPT);
    if (!equal(open(key, ['probe'], found.probe), PROBE)) throw new Error('the passphrase is not that of the database');
    return key;
  }
  const key = await deriveKey(passphrase, salt, KEY_BYTES, SCRYPT);
  await sql`insert into vault (salt, probe) values (${salt}, ${seal(key, ['probe'], PROBE, random)})`;
  return key;
}
