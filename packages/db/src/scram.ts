/** SCRAM-SHA-256 verifiers (RFC 5803), made here so that no password is in a statement that a server could log. */
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import type { Random } from '@countersign/crypto';

/** Postgres's own default; our passwords are random keys, so more would add nothing. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;

/** What `create role ... password` takes in place of the password. `password` is ASCII, so SASLprep leaves it as it is. */
export function scramVerifier(password: string, random: Random): string {
  const salt = random(SALT_BYTES);
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest('base64');
  const serverKey = createHmac('sha256', salted).update('Server Key').digest('base64');
  return `SCRAM-SHA-256$${ITERATIONS}:${Buffer.from(salt).toString('base64')}$${storedKey}:${serverKey}`;
}
