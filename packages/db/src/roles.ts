/** A database for each service that stores, and in it a role for each process with no more rights than migrations grant by name. */
import type { Random } from '@countersign/crypto';
import { checkedName } from './name.ts';
import type { Database } from './open.ts';
import { scramVerifier } from './scram.ts';
import { openPool, type Sql } from './sql.ts';

export interface DatabaseSpec {
  readonly database: string;
  /** The processes that use it. Migrations `grant` to these names; before a grant they can read nothing. */
  readonly roles: readonly string[];
}

export interface Provisioned {
  /** Owns the tables: for `migrate`, never for a running service. */
  readonly ownerUrl: string;
  /** By role. */
  readonly urls: ReadonlyMap<string, string>;
}

/**
 * Makes the database and roles, or brings existing ones to this state: the call is repeatable and each start makes it. Nobody but the
 * owner and the named roles may connect, and none of them may create databases or roles, or objects outside the owner's migrations.
 */
export async function provision(database: Database, spec: DatabaseSpec, random: Random): Promise<Provisioned> {
  const name = checkedName(spec.database);
  const owner = `${name}_owner`;
  const passwords = new Map<string, string>();
  for (const role of [owner, ...spec.roles]) {
    const password = await database.secrets.passwordOf(checkedName(role));
    await ensureRole(database.admin, role, scramVerifier(password, random));
    passwords.set(role, password);
  }
  await ensureOwnedDatabase(database.admin, name, owner);
  await database.admin.unsafe(`grant connect on database ${name} to ${[owner, ...spec.roles].join(', ')}`);
  const urlOf = (role: string) => database.urlOf(role, passwords.get(role) ?? '', name);
  await closeSchema(urlOf(owner), owner, spec.roles);
  return { ownerUrl: urlOf(owner), urls: new Map(spec.roles.map((role) => [role, urlOf(role)])) };
}

const NO_RIGHTS = 'login nosuperuser nocreatedb nocreaterole noinherit noreplication nobypassrls';

async function ensureRole(admin: Sql, role: string, verifier: string): Promise<void> {
  const [found] = await admin`select from pg_roles where rolname = ${role}`;
  // An operator's role that is no superuser may not name most of the rights when it alters, not even to take them away.
  await admin.unsafe(
    found ? `alter role ${role} password '${verifier}'` : `create role ${role} ${NO_RIGHTS} password '${verifier}'`,
  );
}

async function ensureOwnedDatabase(admin: Sql, name: string, owner: string): Promise<void> {
  const [found] = await admin`select from pg_database where datname = ${name}`;
  if (!found) {
    // An administrator who is no superuser must be a member of the owner's role to give it a database.
    await admin.unsafe(`grant ${owner} to current_user`);
    await admin.unsafe(`create database ${name} owner ${owner}`);
  }
  await admin.unsafe(`revoke all on database ${name} from public`);
}

/** Nothing in the schema is open by default, not even functions, which PUBLIC may otherwise call. */
async function closeSchema(ownerUrl: string, owner: string, roles: readonly string[]): Promise<void> {
  const sql = openPool(ownerUrl, { name: 'provision', connectionsMax: 1 });
  try {
    await sql.begin(async (tx) => {
      await tx.unsafe('revoke all on schema public from public');
      await tx.unsafe(`alter default privileges for role ${owner} revoke execute on functions from public`);
      if (roles.length > 0) await tx.unsafe(`grant usage on schema public to ${roles.join(', ')}`);
    });
  } finally {
    await sql.end({ timeout: 1 });
  }
}
