/** The logbook's configuration file (docs/network.md, Configuration files). */
import type { Actor } from '@countersign/custody';
import { Fields, type Listen, parseListen, parseNetwork, type TrustAnchor } from '@countersign/service';

const FILLER_MAX_S = 86_400;
const ROLE_MAX = 255;

export interface LogbookConfig {
  readonly network: TrustAnchor;
  /** The same as it was written: all of it is public. */
  readonly networkJson: unknown;
  readonly listen: Listen;
  readonly dir: string;
  /** Ed25519 private key of the log. */
  readonly keySeed: Uint8Array;
  readonly witnessUrls: readonly string[];
  /** Believed before the first profile, and not one entry longer. */
  readonly genesis: readonly Actor[];
  /** After so many seconds without an entry a filler is appended; 0 never. */
  readonly fillerS: number;
}

/** Throws a ConfigError. */
export function parseConfig(json: unknown): LogbookConfig {
  const fields = new Fields(json);
  return {
    network: parseNetwork(fields.object('network')),
    networkJson: (json as { readonly network: unknown }).network,
    listen: parseListen(fields, ['public_port', 'private_port']),
    dir: fields.text('dir'),
    keySeed: fields.hex('key_seed', 32),
    witnessUrls: fields.urlList('witness_urls'),
    // The keys of a genesis are destroyed after the first profile (SECURITY.md), and may then be left out.
    genesis: fields.has('genesis') ? parseGenesis(fields.object('genesis')) : [],
    fillerS: fields.integer('filler_s', 0, FILLER_MAX_S),
  };
}

function parseGenesis(genesis: Fields): Actor[] {
  const relays = genesis.hexList('relay_keys', 32).map((key): Actor => ({ kind: 'relay', key, roles: [] }));
  const custodians = genesis.hexList('custodian_keys', 32).map((key): Actor => ({ kind: 'custodian', key, roles: [] }));
  const authorities = genesis
    .objects('authorities')
    .map((row): Actor => ({ kind: 'authority', key: row.hex('key', 32), roles: row.integers('roles', 1, ROLE_MAX) }));
  return [...relays, ...custodians, ...authorities];
}
