/** The network's databases: delivery's, and one of its own for each review gateway, which none of the others may enter. */
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { type Database, DbError, migrate, openDatabase, provision } from '@countersign/db';
import { type DataDir, exists } from './data-dir.ts';
import type { NetworkKeys } from './keys.ts';
import type { Programs } from './programs.ts';

/** Where the cluster goes when root's data directory lies in a folder that the server's account may not enter, such as /root. */
const SHARED_PLACE = '/var/lib/countersign';

/** The embedded server in the data directory, or the operator's. `note` hears of another place than the usual one. */
export async function openDatabases(
  dir: DataDir,
  keys: NetworkKeys,
  databaseUrl: string | null,
  { random, note }: { readonly random: Random; readonly note: (text: string) => void },
): Promise<Database> {
  if (databaseUrl !== null) return openDatabase({ databaseUrl, secretsDir: join(dir.bootstrap, 'database') }, random);
  const elsewhere = join(SHARED_PLACE, keys.networkId);
  if (await exists(elsewhere)) return openDatabase({ dataDir: elsewhere }, random);
  try {
    return await openDatabase({ dataDir: dir.stateOf('postgres') }, random);
  } catch (error) {
    if (!(error instanceof DbError && error.code === 'db.folder_unreachable')) throw error;
    note(`the database server's account cannot reach ${dir.path}: its data is in ${elsewhere}`);
    return openDatabase({ dataDir: elsewhere }, random);
  }
}

export interface DatabaseUrls {
  readonly delivery: string;
  /** By gateway name. */
  readonly reviews: ReadonlyMap<string, string>;
}

/** Brings every database to the present schema; each process gets the address of its own role. */
export async function prepareDatabases(
  database: Database,
  keys: NetworkKeys,
  programs: Programs,
  random: Random,
): Promise<DatabaseUrls> {
  const prepare = async (name: string, role: string, service: 'delivery' | 'review') => {
    const { ownerUrl, urls } = await provision(database, { database: name, roles: [role] }, random);
    await migrate(ownerUrl, programs.migrationsOf(service));
    return urls.get(role) ?? '';
  };
  const delivery = await prepare('delivery', 'delivery', 'delivery');
  const reviews = new Map<string, string>();
  for (const { name } of keys.gateways) {
    const own = `review_${name}`;
    reviews.set(name, await prepare(own, own, 'review'));
  }
  return { delivery, reviews };
}
