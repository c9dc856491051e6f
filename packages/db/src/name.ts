/** Names of databases, roles and channels: a small alphabet, so that no quoting rule can be got wrong. */
import { DbError } from './error.ts';

const NAME = /^[a-z][a-z0-9_]{0,30}$/;

/** `text` itself, or `db.name_invalid`. Room is left under Postgres's limit of 63 bytes for suffixes. */
export function checkedName(text: string): string {
  if (!NAME.test(text)) throw new DbError('db.name_invalid', 'a name must match [a-z][a-z0-9_]{0,30}');
  return text;
}
