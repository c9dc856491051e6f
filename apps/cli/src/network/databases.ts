/** The network's databases: delivery's, and one of its own for each review gateway, which none of the others may enter. */
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { type Database, migrate, openDatabase, provision } from '@countersign/db';
import type { DatabaseUrls } from './configs.ts';
import type { DataDir } from './data-dir.ts';
import type { NetworkKeys } from './keys.ts';
import type { Programs } from './programs.ts';

/** The embedded server in the data directory, or the operator's. */
export function openDatabases(dir: DataDir, databaseUrl: string | null, random: Random): Promise<Database> {
  const place =
    databaseUrl === null ? { dataDir: dir.stateOf('postgres') } : { databaseUrl, secretsDir: join(dir.bootstrap, 'database') };
  return openDatabase(place, random);
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
