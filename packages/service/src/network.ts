/** The trust anchor of a network: what a process believes before it has read the log (docs/network.md, Configuration files). */
import type { NetworkId, SigKey } from '@countersign/custody';
import type { CheckpointPolicy } from '@countersign/tlog';
import { ConfigError, type Fields } from './config-fields.ts';

/** `checkpoint_max_age_s` where no profile says otherwise (PROTOCOL 4.1). */
export const CHECKPOINT_MAX_AGE_S = 600;

const KEY_BYTES = 32;
const WITNESSES_MAX = 255;

export interface TrustAnchor {
  readonly networkId: NetworkId;
  readonly rootKey: SigKey;
  /** `url` is the public one, without a slash at its end. */
  readonly log: { readonly origin: string; readonly key: SigKey; readonly url: string };
  readonly witnesses: readonly { readonly name: string; readonly key: SigKey }[];
  readonly witnessW: number;
}

/** Where a process listens; a port that it does not have is 0. */
export interface Listen {
  readonly host: string;
  readonly publicPort: number;
  readonly privatePort: number;
}

/** `network` of a configuration, or the whole of network.json. Throws a ConfigError, also for a quorum that two halves could both fill. */
export function parseNetwork(fields: Fields): TrustAnchor {
  const log = fields.object('log');
  const witnesses = fields.objects('witnesses').map((row) => ({ name: row.text('name'), key: row.hex('key', KEY_BYTES) }));
  const witnessW = fields.integer('witness_w', 1, WITNESSES_MAX);
  // PROTOCOL 4.1: with half of the witnesses or fewer, two halves could cosign two logs.
  if (witnessW > witnesses.length || 2 * witnessW <= witnesses.length) {
    throw new ConfigError('network.witness_w', 'more than half of the witnesses are needed');
  }
  return {
    networkId: fields.hex('network_id', 16),
    rootKey: fields.hex('root_key', KEY_BYTES),
    log: { origin: log.text('origin'), key: log.hex('key', KEY_BYTES), url: log.url('url') },
    witnesses,
    witnessW,
  };
}

/** `listen` of a configuration; `ports` are those that the process has. The host is loopback unless the configuration says otherwise. */
export function parseListen(fields: Fields, ports: readonly ('public_port' | 'private_port')[]): Listen {
  const listen = fields.object('listen');
  return {
    host: listen.has('host') ? listen.text('host') : '127.0.0.1',
    publicPort: ports.includes('public_port') ? listen.port('public_port') : 0,
    privatePort: ports.includes('private_port') ? listen.port('private_port') : 0,
  };
}

/** What VerifyCheckpoint needs of the anchor (PROTOCOL 11.1). `maxAgeS` is Infinity for a checkpoint that was judged before. */
export function anchorPolicy(anchor: TrustAnchor, maxAgeS = CHECKPOINT_MAX_AGE_S): CheckpointPolicy {
  return {
    origin: anchor.log.origin,
    logPublicKey: anchor.log.key,
    witnesses: anchor.witnesses.map(({ name, key }) => ({ name, publicKey: key })),
    witnessW: anchor.witnessW,
    checkpointMaxAgeS: maxAgeS,
  };
}
