/** A witness's configuration file (docs/network.md, Configuration files). */
import { Fields, type Listen, parseListen } from '@countersign/service';
import { deriveSignerKey, deriveVerifierKey, LOG_KEY, WITNESS_KEY, type WitnessConfig } from '@countersign/tlog';

export interface WitnessServiceConfig {
  readonly listen: Listen;
  readonly dir: string;
  /** Its key, and the logs that it cosigns for. */
  readonly witness: WitnessConfig;
}

/** Throws a ConfigError, or `key.malformed` for a name that a note cannot carry. A witness needs no trust anchor: it believes the log keys listed. */
export function parseConfig(json: unknown): WitnessServiceConfig {
  const fields = new Fields(json);
  const logs = fields.objects('logs').map((row) => {
    const origin = row.text('origin');
    return [origin, [deriveVerifierKey(origin, LOG_KEY, row.hex('key', 32))]] as const;
  });
  return {
    listen: parseListen(fields, ['public_port', 'private_port']),
    dir: fields.text('dir'),
    witness: { key: deriveSignerKey(fields.text('name'), WITNESS_KEY, fields.hex('key_seed', 32)), logs: new Map(logs) },
  };
}
