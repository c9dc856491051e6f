/** Attachments: files named by the SHA-256 of their bytes, which are ciphertext, in one folder (docs/network.md, delivery). */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import type { Sql } from '@countersign/db';
import { AppError, type FeaturePolicy } from '@countersign/wire';
import { BLOB_BYTES_PER_DEVICE_DAY_MAX, BLOB_TOKEN_S } from '../limits.ts';

const TOKEN_BYTES = 32;
const DAY_S = 86_400;
const TEMPORARY = 'incoming';

export interface BlobsOptions {
  readonly sql: Sql;
  readonly dir: string;
  readonly random: Random;
  /** Unix seconds. */
  readonly now: () => number;
  readonly policy: () => FeaturePolicy;
}

export class Blobs {
  readonly #options: BlobsOptions;

  private constructor(options: BlobsOptions) {
    this.#options = options;
  }

  static async open(options: BlobsOptions): Promise<Blobs> {
    await mkdir(join(options.dir, TEMPORARY), { recursive: true, mode: 0o700 });
    return new Blobs(options);
  }

  /** A token for some minutes; only its hash is stored. */
  async giveToken(deviceId: Uint8Array): Promise<{ readonly token: string; readonly expires: bigint }> {
    const { sql, random, now, policy } = this.#options;
    if (!policy().features.attachments) throw new AppError('policy.feature_off', 'attachments');
    const token = Buffer.from(random(TOKEN_BYTES)).toString('base64url');
    const expires = BigInt(now() + BLOB_TOKEN_S);
    await sql`insert into blob_token (token_hash, device_id, expires) values (${hashOf(token)}, ${deviceId}, ${expires})`;
    return { token, expires };
  }

  /** The device that the token was given to and that is not revoked; else `session.expired`. */
  async useToken(authorization: string | undefined): Promise<Uint8Array> {
    const token = authorization?.startsWith('Bearer ') ? authorization.slice(7) : '';
    const [row] = await this.#options.sql<{ device_id: Buffer }[]>`
      select t.device_id from blob_token t join device d on d.device_id = t.device_id
      where t.token_hash = ${hashOf(token)} and t.expires > ${this.#options.now()} and d.revoked_from is null`;
    if (row === undefined) throw new AppError('session.expired');
    return row.device_id;
  }

  /** Stores `body` under its hash, durably; false when it was there. Another hash is `input.malformed`. */
  async put(deviceId: Uint8Array, id: string, body: Readable): Promise<boolean> {
    const { dir, random, policy } = this.#options;
    const path = this.#pathOf(id);
    if (await isThere(path)) {
      body.resume();
      return false;
    }
    const temporary = join(dir, TEMPORARY, toHex(random(16)));
    const file = await open(temporary, 'wx', 0o600);
    try {
      const hash = crypto.createSha256();
      let bytes = 0;
      for await (const chunk of body as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > policy().blob_bytes_max) throw new AppError('limit.blob_bytes');
        hash.update(chunk);
        await file.writeFile(chunk);
      }
      if (bytes === 0 || toHex(hash.digest()) !== id) throw new AppError('input.malformed', 'id is the SHA-256 of the body');
      await this.#spend(deviceId, bytes);
      await file.sync();
      await file.close();
      await mkdir(join(dir, id.slice(0, 2)), { recursive: true, mode: 0o700 });
      await rename(temporary, path);
      await syncFolder(join(dir, id.slice(0, 2)));
      return true;
    } catch (error) {
      await file.close().catch(() => {});
      await rm(temporary, { force: true });
      throw error;
    }
  }

  async get(id: string): Promise<{ readonly size: number; readonly stream: Readable }> {
    const path = this.#pathOf(id);
    const found = await stat(path).catch(() => null);
    if (found === null) throw new AppError('input.unknown_blob');
    return { size: found.size, stream: createReadStream(path) };
  }

  /** Removes what is older than the network keeps, and what an upload left behind. */
  async expire(retentionDays: number): Promise<void> {
    const { dir, now } = this.#options;
    for (const folder of await readdir(dir)) {
      const maxAgeS = folder === TEMPORARY ? DAY_S : retentionDays * DAY_S;
      for (const name of await readdir(join(dir, folder))) {
        const path = join(dir, folder, name);
        const found = await stat(path).catch(() => null);
        if (found !== null && found.mtimeMs / 1000 < now() - maxAgeS) await unlink(path).catch(() => {});
      }
    }
  }

  async #spend(deviceId: Uint8Array, bytes: number): Promise<void> {
    const { sql, now } = this.#options;
    const day = Math.floor(now() / DAY_S);
    const spent = await sql`insert into blob_day (device_id, day, bytes) values (${deviceId}, ${day}, ${bytes})
      on conflict (device_id, day) do update set bytes = blob_day.bytes + ${bytes}
      where blob_day.bytes + ${bytes} <= ${BLOB_BYTES_PER_DEVICE_DAY_MAX} returning 1`;
    if (spent.length === 0) throw new AppError('limit.rate', 'bytes of attachments a day', { retryAfterMs: 3_600_000 });
  }

  #pathOf(id: string): string {
    if (!/^[0-9a-f]{64}$/.test(id)) throw new AppError('input.malformed', 'id');
    return join(this.#options.dir, id.slice(0, 2), id);
  }
}

function hashOf(token: string): Uint8Array {
  return crypto.sha256(new TextEncoder().encode(token));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null)) !== null;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
