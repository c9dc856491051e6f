/** One door to both kinds of database: the embedded server of a data folder, or one that an operator runs. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@countersign/crypto';
import { ADMIN_ROLE } from './cluster.ts';
import { startEmbedded } from './embedded.ts';
import { Secrets } from './secrets.ts';
import { openPool, type Sql } from './sql.ts';

export type DatabasePlace =
  /** An embedded server, started here. */
  | { readonly dataDir: string }
  /** A running server: a URL of a role that may create databases and roles. The passwords made for the services stay in `secretsDir`. */
  | { readonly databaseUrl: string; readonly secretsDir: string };

export interface Database {
  /** The administrator's connection, for `provision` only. */
  readonly admin: Sql;
  readonly secrets: Secrets;
  /** When an embedded server ends, asked or not; never for an operator's. */
  readonly ended: Promise<void>;
  urlOf(role: string, password: string, database: string): string;
  /** Closes the administrator's connection, and stops an embedded server. */
  close(): Promise<void>;
}

export async function openDatabase(place: DatabasePlace, random: Random): Promise<Database> {
  return 'dataDir' in place ? openEmbedded(place.dataDir, random) : openExternal(place.databaseUrl, place.secretsDir, random);
}

async function openEmbedded(dataDir: string, random: Random): Promise<Database> {
  const server = await startEmbedded(dataDir, random);
  const password = await server.secrets.passwordOf(ADMIN_ROLE);
  const admin = openAdmin(server.urlOf(ADMIN_ROLE, password, 'postgres'));
  // PUBLIC may connect to the two databases that initdb makes; a service has no business in them.
  await admin.unsafe('revoke all on database postgres, template1 from public');
  return {
    admin,
    secrets: server.secrets,
    ended: server.ended,
    urlOf: server.urlOf,
    async close() {
      await admin.end({ timeout: 1 });
      await server.stop();
    },
  };
}

async function openExternal(databaseUrl: string, secretsDir: string, random: Random): Promise<Database> {
  await mkdir(secretsDir, { recursive: true, mode: 0o700 });
  const admin = openAdmin(databaseUrl);
  return {
    admin,
    secrets: await Secrets.open(join(secretsDir, 'secrets.json'), random),
    ended: new Promise(() => {}),
    // Host, port and TLS settings as the operator wrote them.
    urlOf: (role, password, database) =>
      databaseUrl.replace(AUTHORITY_AND_NAME, `$1${role}:${encodeURIComponent(password)}@$2/${database}`),
    close: () => admin.end({ timeout: 1 }),
  };
}

/** scheme, user part, hosts, name; the query string follows. By text, since a list of hosts is no legal URL. */
const AUTHORITY_AND_NAME = /^(postgres(?:ql)?:\/\/)(?:[^@/]*@)?([^/?]*)(?:\/[^?]*)?/;

function openAdmin(url: string): Sql {
  return openPool(url, { name: 'admin', connectionsMax: 2, statementTimeoutMs: 0 });
}
