/** The lock of the store: a random master key, wrapped under a key that a slow hash makes of the passphrase. */
import { fromUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { StoreError } from './store-error.ts';

/** As it is stored: nothing in it is secret without the passphrase. */
export interface LockRecord {
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly nonce: Uint8Array;
  readonly wrapped: Uint8Array;
}

export interface StoreKeys {
  /** Names rows, so that no table or id stands in clear. */
  readonly nameKey: Uint8Array;
  readonly sealKey: Uint8Array;
}

/** About half a second on a phone: what each guess costs too. */
const ITERATIONS = 1_000_000;
const WRAP_AAD = fromUtf8('countersign store lock');

/** Wraps a master key of 32 random bytes. */
export async function createLock(master: Uint8Array, passphrase: string, random: Random): Promise<LockRecord> {
  const [salt, nonce] = [random(16), random(12)];
  const wrapKey = await deriveWrapKey(passphrase, salt, ITERATIONS);
  return { salt, iterations: ITERATIONS, nonce, wrapped: crypto.aesGcmSeal(wrapKey, nonce, WRAP_AAD, master) };
}

/** The master key; `store.locked_out` for another passphrase. */
export async function openLock({ salt, iterations, nonce, wrapped }: LockRecord, passphrase: string): Promise<Uint8Array> {
  const master = crypto.aesGcmOpen(await deriveWrapKey(passphrase, salt, iterations), nonce, WRAP_AAD, wrapped);
  if (master === null) throw new StoreError('store.locked_out');
  return master;
}

export function deriveStoreKeys(master: Uint8Array): StoreKeys {
  const prk = crypto.hkdfExtract(fromUtf8('countersign store'), master);
  return {
    nameKey: crypto.hkdfExpand(prk, fromUtf8('names'), 32),
    sealKey: crypto.hkdfExpand(prk, fromUtf8('rows'), 32),
  };
}

/** PBKDF2 of the browser: the same passphrase in another Unicode form is the same. */
async function deriveWrapKey(passphrase: string, salt: Uint8Array, iterations: number): Promise<Uint8Array> {
  // Absent where the page came over an insecure line.
  const subtle: SubtleCrypto | undefined = globalThis.crypto.subtle;
  if (subtle === undefined) throw new StoreError('store.unavailable');
  const bytes = fromUtf8(passphrase.normalize('NFKC')) as Uint8Array<ArrayBuffer>;
  const key = await subtle.importKey('raw', bytes, 'PBKDF2', false, ['deriveBits']);
  const parameters = { name: 'PBKDF2', hash: 'SHA-256', salt: salt as Uint8Array<ArrayBuffer>, iterations };
  return new Uint8Array(await subtle.deriveBits(parameters, key, 256));
}
