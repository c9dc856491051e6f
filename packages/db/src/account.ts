/** The operating system account of the embedded server: Postgres refuses to run as root, so root lends it another one. */
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import process from 'node:process';

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** nobody and nogroup: they own nothing else, and exist in every container image. */
const NOBODY: Account = { uid: 65534, gid: 65534 };

/** The account to switch to, or null where the server simply runs as the present user. */
export function serverAccount(): Account | null {
  return process.getuid?.() === 0 ? NOBODY : null;
}

/** The outermost folder above `path` (or `path` itself) that `account` may not enter, or null when the way is free. */
export async function firstClosedFolder(path: string, account: Account): Promise<string | null> {
  const way: string[] = [];
  for (let folder = resolve(path); ; folder = dirname(folder)) {
    way.unshift(folder);
    if (folder === dirname(folder)) break;
  }
  for (const folder of way) {
    const { mode, uid, gid } = await stat(folder);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return folder;
  }
  return null;
}
