/** The configuration of a review gateway (docs/network.md, Configuration files). */
import { fromHex } from '@countersign/bytes';
import type { AgencyId, OfficerId } from '@countersign/custody';
import { ConfigError, Fields, type Listen, parseListen, parseNetwork, type TrustAnchor } from '@countersign/service';

const ID_BYTES = 16;
const SECRET_BYTES = 32;

export interface ReviewConfig {
  readonly name: string;
  readonly anchor: TrustAnchor;
  /** Believed only if the logged profile names its hash. */
  readonly annex: Uint8Array;
  readonly listen: Listen;
  /** The agencies whose officers read here; the gateway has a role 7 certificate for each. */
  readonly agencies: readonly AgencyId[];
  /** Of the certificate that the custody stream is opened with. */
  readonly gatewayId: OfficerId;
  readonly sigSeed: Uint8Array;
  readonly hpkeSecret: Uint8Array;
  readonly logUrl: string;
  readonly deliveryUrl: string;
  readonly custodianUrls: readonly string[];
  readonly databaseUrl: string;
  /** Where the copy of the log is kept; null: in memory. */
  readonly dir: string | null;
  readonly passphrase: string;
  readonly pagesDir: string | null;
}

/** Throws a ConfigError that names the field. */
export function parseReviewConfig(json: unknown): ReviewConfig {
  const fields = new Fields(json);
  const network = fields.object('network');
  const agencies = fields.hexList('agencies', ID_BYTES);
  if (agencies.length === 0) throw new ConfigError('agencies', 'at least one is needed');
  return {
    name: fields.text('name'),
    anchor: parseNetwork(network),
    annex: parseHex(network.text('annex'), 'network.annex'),
    listen: parseListen(fields, ['public_port', 'private_port']),
    agencies,
    gatewayId: fields.hex('gateway_id', ID_BYTES),
    sigSeed: fields.hex('sig_seed', SECRET_BYTES),
    hpkeSecret: fields.hex('hpke_secret', SECRET_BYTES),
    logUrl: fields.url('log_private_url'),
    deliveryUrl: fields.url('delivery_private_url'),
    custodianUrls: fields.urlList('custodian_urls'),
    databaseUrl: fields.text('database_url'),
    dir: fields.has('dir') ? fields.text('dir') : null,
    passphrase: fields.text('passphrase'),
    pagesDir: fields.has('pages_dir') ? fields.text('pages_dir') : null,
  };
}

function parseHex(text: string, field: string): Uint8Array {
  try {
    return fromHex(text);
  } catch {
    throw new ConfigError(field, 'bytes in hex are needed');
  }
}
