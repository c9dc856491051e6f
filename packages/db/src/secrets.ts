/** Generated passwords in one owner-only file: made at first use, the same at each later start. */
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Random } from '@countersign/crypto';
import { DbError } from './error.ts';
import { checkedName } from './name.ts';

/** 32 random bytes are beyond guessing, whatever the iteration count of the verifier. */
const PASSWORD_BYTES = 32;

export class Secrets {
  readonly #path: string;
  readonly #random: Random;
  readonly #byName: Map<string, string>;
  /** Writes follow each other, so that two first uses cannot lose one. */
  #writing: Promise<void> = Promise.resolve();

  private constructor(path: string, random: Random, byName: Map<string, string>) {
    this.#path = path;
    this.#random = random;
    this.#byName = byName;
  }

  /** Throws `db.secrets_invalid` if the file is damaged, or open to anybody but its owner. */
  static async open(path: string, random: Random): Promise<Secrets> {
    return new Secrets(path, random, await readSecrets(path));
  }

  /** The password of `role`; on disk before it is returned. */
  async passwordOf(role: string): Promise<string> {
    checkedName(role);
    let password = this.#byName.get(role);
    if (password === undefined) {
      password = Buffer.from(this.#random(PASSWORD_BYTES)).toString('base64url');
      this.#byName.set(role, password);
      this.#writing = this.#writing.then(() => this.#write());
    }
    await this.#writing;
    return password;
  }

  async #write(): Promise<void> {
    const fresh = `${this.#path}.new`;
    const file = await open(fresh, 'w', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(Object.fromEntries(this.#byName), null, 2)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, this.#path);
    const folder = await open(dirname(this.#path), 'r');
    await folder.sync().finally(() => folder.close());
  }
}

async function readSecrets(path: string): Promise<Map<string, string>> {
  const found = await stat(path).catch(() => null);
  if (found === null) return new Map();
  if ((found.mode & 0o077) !== 0) throw new DbError('db.secrets_invalid', `${path} must be readable by its owner only`);
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'));
    const entries = Object.entries(value as Record<string, unknown>);
    if (entries.some(([, password]) => typeof password !== 'string')) throw new TypeError('a password is not text');
    return new Map(entries as [string, string][]);
  } catch (cause) {
    throw new DbError('db.secrets_invalid', `${path} is damaged`, { cause });
  }
}
