/**
 * Vault: the file that holds the agent's secrets, encrypted under its passphrase and replaced as a whole (docs/network.md, custodian).
 *
 * version (1) || scrypt log N (1) || salt (16) || nonce (12) || AES-256-GCM(secrets), the first 18 bytes being the AAD.
 */
import { concat, fromUtf8, toUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { readIfThere, replaceFile } from '@countersign/service';
import { formatPlain, parsePlain } from './plain-data.ts';
import type { CustodianSecrets } from './secrets.ts';
import { deriveFileKey, deriveStorageKey, SALT_BYTES, SCRYPT_LOG_N } from './storage-key.ts';

const VERSION = 1;
const HEAD_BYTES = 2 + SALT_BYTES;
const NONCE_BYTES = 12;

export class Vault {
  readonly #path: string;
  readonly #head: Uint8Array;
  readonly #storageKey: Uint8Array;
  readonly #random: Random;
  #secrets: CustodianSecrets;
  #saving: Promise<unknown> = Promise.resolve();

  private constructor(path: string, head: Uint8Array, storageKey: Uint8Array, random: Random, secrets: CustodianSecrets) {
    this.#path = path;
    this.#head = head;
    this.#storageKey = storageKey;
    this.#random = random;
    this.#secrets = secrets;
  }

  /** The vault at `path`; a first start makes it with the secrets of `make`. Throws when the passphrase does not open it. */
  static async open(path: string, passphrase: string, random: Random, make: () => CustodianSecrets): Promise<Vault> {
    const bytes = await readIfThere(path);
    if (bytes !== null) return Vault.#read(path, bytes, passphrase, random);
    const salt = random(SALT_BYTES);
    const head = concat(Uint8Array.of(VERSION, SCRYPT_LOG_N), salt);
    const storageKey = await deriveStorageKey(passphrase, salt, SCRYPT_LOG_N);
    const vault = new Vault(path, head, storageKey, random, make());
    await vault.#write();
    return vault;
  }

  static async #read(path: string, bytes: Uint8Array, passphrase: string, random: Random): Promise<Vault> {
    const head = Uint8Array.from(bytes.subarray(0, HEAD_BYTES));
    if (head.length < HEAD_BYTES || head[0] !== VERSION)
      throw new Error('the vault is of a version that this agent does not know');
    const storageKey = await deriveStorageKey(passphrase, head.subarray(2), head[1] as number);
    const nonce = bytes.subarray(HEAD_BYTES, HEAD_BYTES + NONCE_BYTES);
    const plain = crypto.aesGcmOpen(deriveFileKey(storageKey, 'vault'), nonce, head, bytes.subarray(HEAD_BYTES + NONCE_BYTES));
    const text = plain === null ? null : toUtf8(plain);
    if (text === null) throw new Error('the passphrase does not open the vault');
    return new Vault(path, head, storageKey, random, parsePlain<CustodianSecrets>(text));
  }

  get secrets(): CustodianSecrets {
    return this.#secrets;
  }

  /** For another encrypted file of the agent. */
  fileKey(file: string): Uint8Array {
    return deriveFileKey(this.#storageKey, file);
  }

  /** Replaces the secrets and resolves when that is durable. Changes are made one after the other. */
  change(change: (secrets: CustodianSecrets) => CustodianSecrets): Promise<void> {
    const changed = this.#saving.then(async () => {
      const before = this.#secrets;
      this.#secrets = change(before);
      try {
        await this.#write();
      } catch (error) {
        this.#secrets = before;
        throw error;
      }
    });
    this.#saving = changed.catch(() => undefined);
    return changed;
  }

  async #write(): Promise<void> {
    const nonce = this.#random(NONCE_BYTES);
    const plain = fromUtf8(formatPlain(this.#secrets));
    const sealed = crypto.aesGcmSeal(this.fileKey('vault'), nonce, this.#head, plain);
    await replaceFile(this.#path, concat(this.#head, nonce, sealed));
  }
}
