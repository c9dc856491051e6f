/** Connections and transactions over postgres.js: named limits, no user data in notices, retries by SQLSTATE class (08 and 40; ARCHITECTURE, rules for a schema). */
import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '@countersign/crypto';
import postgres from 'postgres';

const TYPES = { bigint: postgres.BigInt };

/** A pool. 64-bit integers arrive as `bigint`, `bytea` as `Buffer`. */
export type Sql = postgres.Sql<{ bigint: bigint }>;
/** What runs inside a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: bigint }>;

export interface PoolOptions {
  /** Shown in pg_stat_activity: the service and what this pool is for. */
  readonly name: string;
  /** Two are right for group commit, one for an owner of locks. */
  readonly connectionsMax?: number;
  /** A statement above it is cancelled (57014); 0 is none. */
  readonly statementTimeoutMs?: number;
  /** For a connection that holds something (a session's lock): it is not renewed by age, and `onClose` is told when it breaks. */
  readonly onClose?: () => void;
}

const CONNECTIONS_MAX = 8;
const STATEMENT_TIMEOUT_MS = 30_000;
/** A transaction that its process forgot gives its locks back after this time. */
const IDLE_TRANSACTION_TIMEOUT_MS = 60_000;
const CONNECT_TIMEOUT_SECONDS = 10;

/** Opens lazily: the first query connects. `sql.end()` closes. */
export function openPool(url: string, options: PoolOptions): Sql {
  return postgres(url, {
    ...socketHost(url),
    types: TYPES,
    max: options.connectionsMax ?? CONNECTIONS_MAX,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    ...(options.onClose === undefined ? {} : { max_lifetime: null, onclose: options.onClose }),
    // A notice may quote row data, and the driver would print it.
    onnotice: () => {},
    connection: {
      application_name: options.name,
      statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_TRANSACTION_TIMEOUT_MS,
      // A generic plan for a search is wrong for most of its terms.
      plan_cache_mode: 'force_custom_plan',
    },
  });
}

/** libpq's form of a Unix socket, the escaped folder as host, which the driver does not know in a URL. */
function socketHost(url: string): { host: string } | undefined {
  const [, folder] = /^[^/]*\/\/(?:[^@/]*@)?(%2F[^/?:,]*)/i.exec(url) ?? [];
  return folder === undefined ? undefined : { host: decodeURIComponent(folder) };
}

const RETRY_ATTEMPTS_MAX = 6;
const RETRY_FIRST_MS = 25;
const RETRY_LONGEST_MS = 2_000;

/**
 * Runs `work` in a transaction, and again from its start while it fails for a passing reason (`isPassing`), at most `RETRY_ATTEMPTS_MAX`
 * times; then the last error is thrown. A connection that breaks during COMMIT leaves the outcome unknown, so `work` must be safe to
 * repeat: rows with ids of the application and `on conflict do nothing`. It touches nothing outside the database.
 */
export async function transact<T>(sql: Sql, random: Random, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await sql.begin(work)) as T;
    } catch (error) {
      if (attempt === RETRY_ATTEMPTS_MAX || !isPassing(error)) throw error;
      await delay(backoffMs(attempt, random));
    }
  }
}

/** Full jitter: losers of one conflict must not meet again. */
function backoffMs(attempt: number, random: Random): number {
  const ceiling = Math.min(RETRY_LONGEST_MS, RETRY_FIRST_MS * 2 ** attempt);
  return (ceiling * (random(1)[0] ?? 0)) / 256;
}

/** What the driver reports itself, without a SQLSTATE, when a connection breaks or cannot be made. */
const CONNECTION_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
]);
/** A server that stops, recovers from a crash or has just failed over: 57P01 to 57P03. */
const SHUTDOWN = /^57P0[123]$/;

/** Whether the same work can succeed later: SQLSTATE class 08 (connection) or 40 (rollback), a restart, or a broken connection. */
export function isPassing(error: unknown): boolean {
  const code = sqlState(error);
  if (code === null) return false;
  return /^(08|40)...$/.test(code) || SHUTDOWN.test(code) || CONNECTION_CODES.has(code);
}

/** The SQLSTATE or driver code of an error, or null. */
export function sqlState(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : null;
}
