/** The keys under which the agent stores: from its passphrase by scrypt (RFC 7914), one for each kind of file. */
import { scrypt } from 'node:crypto';
import { fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';

const KEY_BYTES = 32;
export const SALT_BYTES = 16;
/** log2 of scrypt's N, stored in the file so that it can grow; with r = 8 it takes 2^(10 + log N) bytes: 64 MB. */
export const SCRYPT_LOG_N = 16;
const SCRYPT_LOG_N_MAX = 20;
const SCRYPT_R = 8;

/** Takes half a second of a core on purpose; throws RangeError for costs that no version of the agent wrote. */
export function deriveStorageKey(passphrase: string, salt: Uint8Array, logN: number): Promise<Uint8Array> {
  if (!(logN >= SCRYPT_LOG_N && logN <= SCRYPT_LOG_N_MAX)) throw new RangeError(`scrypt with N = 2^${logN}`);
  const N = 2 ** logN;
  return new Promise((resolve, reject) => {
    scrypt(passphrase.normalize('NFC'), salt, KEY_BYTES, { N, r: SCRYPT_R, p: 1, maxmem: 256 * N * SCRYPT_R }, (error, key) =>
      error === null ? resolve(new Uint8Array(key)) : reject(error),
    );
  });
}

/** The key of one kind of file. */
export function deriveFileKey(storageKey: Uint8Array, file: string): Uint8Array {
  return crypto.hkdfExpand(storageKey, fromUtf8(`countersign custodian ${file}`), KEY_BYTES);
}
