/** Where the key of a file store comes from: a file that only its owner reads, or a passphrase. */
import { scrypt } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '@countersign/crypto';
import { StoreError } from './error.ts';

const KEY_BYTES = 32;
const SALT_BYTES = 16;
/** 128 MiB and about half a second: a guess has its price (OWASP's scrypt settings of 2023). */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 << 20 };

/** The key in the file, which is made with a random one if there is none; another length is `store.key_wrong`. */
export function readKeyFile(path: string, random: Random): Promise<Uint8Array> {
  return readOrCreate(path, KEY_BYTES, random);
}

/** The key that a passphrase gives with the salt in the file, which is made if there is none. */
export async function deriveStoreKey(passphrase: string, saltPath: string, random: Random): Promise<Uint8Array> {
  const salt = await readOrCreate(saltPath, SALT_BYTES, random);
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFKC'), salt, KEY_BYTES, SCRYPT, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}

async function readOrCreate(path: string, length: number, random: Random): Promise<Uint8Array> {
  const found = await readFile(path).catch(() => null);
  if (found !== null) {
    if (found.length !== length) throw new StoreError('store.key_wrong');
    return new Uint8Array(found);
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const made = random(length);
  const file = await open(path, 'wx', 0o600);
  await file.writeFile(made);
  await file.sync();
  await file.close();
  return made;
}
