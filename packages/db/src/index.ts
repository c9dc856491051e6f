/** Layer 3: PostgreSQL, embedded or an operator's: start, roles, migrations, transactions, doorbell. */
export { type Doorbell, listenDoorbell, ringDoorbell } from './doorbell.ts';
export { type DbCode, DbError } from './error.ts';
export { migrate } from './migrate.ts';
export { type Database, type DatabasePlace, openDatabase } from './open.ts';
export { type DatabaseSpec, type Provisioned, provision } from './roles.ts';
export { isPassing, openPool, type PoolOptions, type Sql, sqlState, type Transaction, transact } from './sql.ts';
