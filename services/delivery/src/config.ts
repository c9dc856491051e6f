/** The configuration of a delivery process (docs/network.md, Configuration files). */
import { fromHex } from '@countersign/bytes';
import { ConfigError, Fields, type Listen, parseListen, parseNetwork, type TrustAnchor } from '@countersign/service';

const SEED_BYTES = 32;
const OPERATOR_TOKEN_LETTERS_MIN = 16;

export interface DeliveryConfig {
  readonly anchor: TrustAnchor;
  readonly listen: Listen;
  readonly name: string;
  readonly relaySeed: Uint8Array;
  readonly registrarSeed: Uint8Array;
  readonly logPrivateUrl: string;
  readonly databaseUrl: string;
  /** Of this process's copy of the log; null keeps it in memory. */
  readonly dir: string | null;
  readonly blobsDir: string;
  readonly operatorToken: string;
  readonly pagesDir: string | null;
  /** Null when an operator call hands it over. */
  readonly annex: Uint8Array | null;
}

/** Throws a ConfigError that names the field. */
export function parseDeliveryConfig(json: unknown): DeliveryConfig {
  const fields = new Fields(json);
  const operatorToken = fields.text('operator_token');
  if (operatorToken.length < OPERATOR_TOKEN_LETTERS_MIN)
    throw new ConfigError('operator_token', 'at least 16 letters are needed');
  return {
    anchor: parseNetwork(fields.object('network')),
    listen: parseListen(fields, ['public_port', 'private_port']),
    name: fields.text('name'),
    relaySeed: fields.hex('relay_seed', SEED_BYTES),
    registrarSeed: fields.hex('registrar_seed', SEED_BYTES),
    logPrivateUrl: fields.url('log_private_url'),
    databaseUrl: fields.text('database_url'),
    dir: fields.has('dir') ? fields.text('dir') : null,
    blobsDir: fields.text('blobs_dir'),
    operatorToken,
    pagesDir: fields.has('pages_dir') ? fields.text('pages_dir') : null,
    annex: fields.has('annex') ? fromHex(fields.text('annex')) : null,
  };
}
