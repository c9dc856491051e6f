/** The one error of this package. Codes are a closed union; messages name folders, roles and files, never row data. */

export type DbCode =
  /** No server program for this platform: give a database URL instead. */
  | 'db.platform_unsupported'
  /** The server's account cannot enter a folder: open it, choose another data folder, or run as a normal user. */
  | 'db.folder_unreachable'
  /** Another living process runs a server on this data folder: stop that one first. */
  | 'db.in_use'
  /** initdb failed; the cause is in the message. Nothing was kept, so the call can be repeated. */
  | 'db.init_failed'
  /** The server ended or did not answer in time; its log file is named in the message. */
  | 'db.start_failed'
  /** A file of secrets is damaged or readable by others. Nothing was changed. */
  | 'db.secrets_invalid'
  /** A database, role or channel name is outside [a-z][a-z0-9_]{0,30}. A bug of the caller. */
  | 'db.name_invalid'
  /** A migration file has a wrong name, a gap or duplicate in the numbers, or ends its own transaction. */
  | 'db.migration_invalid'
  /** A migration that was applied has another content now. Restore the file; write a new one for a change. */
  | 'db.migration_changed'
  /** The database has migrations that this program does not know: it is older than the data. Never retried. */
  | 'db.migration_unknown';

export class DbError extends Error {
  override readonly name = 'DbError';
  readonly code: DbCode;

  constructor(code: DbCode, message: string, options?: ErrorOptions) {
    super(`${code}: ${message}`, options);
    this.code = code;
  }
}
