/** Looks for secrets in the rows of every database of a network, which on disk may be compressed or not be written yet. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openPool, type Sql } from '@countersign/db';
import type { Network } from './harness.ts';
import { type Found, type Needle, type Searched, searchBytes } from './search.ts';

const ADMINISTRATOR = 'countersign_admin';
const ROWS_AT_ONCE = 500;

/** As the server's administrator, whom no grant keeps from a table. */
export async function searchDatabases(network: Network, needles: readonly Needle[]): Promise<Searched> {
  const all: Searched[] = [];
  for (const name of ['delivery', ...network.keys.gateways.map((gateway) => `review-${gateway.name}`)]) {
    const sql = openPool(await administratorsUrl(network, name), { name: 'e2e', connectionsMax: 1 });
    try {
      all.push(await searchTables(sql, name, needles));
    } finally {
      await sql.end();
    }
  }
  const sum = (figure: 'bytes' | 'places') => all.reduce((total, each) => total + each[figure], 0);
  return { found: all.flatMap(({ found }) => found), bytes: sum('bytes'), places: sum('places') };
}

/** The address of a service's database, with the administrator in place of the service's role. */
async function administratorsUrl(network: Network, service: string): Promise<string> {
  const passwords = JSON.parse(await readFile(join(network.data, 'postgres', 'secrets.json'), 'utf8')) as Record<string, string>;
  const { database_url: url } = (await network.config(service)) as { database_url: string };
  return url.replace(/\/\/[^@]*@/, `//${ADMINISTRATOR}:${encodeURIComponent(passwords[ADMINISTRATOR] ?? '')}@`);
}

async function searchTables(sql: Sql, database: string, needles: readonly Needle[]): Promise<Searched> {
  const found: Found[] = [];
  let bytes = 0;
  let places = 0;
  const tables = await sql<{ name: string }[]>`
    select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`;
  for (const { name } of tables) {
    places += 1;
    // A row as text has its binary columns in hex, which the needles know.
    for await (const rows of sql.unsafe<{ row: string }[]>(`select t::text as row from ${name} t`).cursor(ROWS_AT_ONCE))
      for (const { row } of rows) {
        bytes += row.length;
        found.push(...searchBytes(Buffer.from(row), `a row of ${database}, ${name}`, needles));
      }
  }
  return { found, bytes, places };
}
