/** A custodian's configuration file (docs/network.md, Configuration files). */
import { fromHex } from '@countersign/bytes';
import { ConfigError, Fields, type Listen, parseListen, parseNetwork, type TrustAnchor } from '@countersign/service';

const INDEX_MAX = 31;
const NAME_BYTES_MAX = 255;

export interface CustodianConfig {
  readonly anchor: TrustAnchor;
  /** The Annex, believed only if the logged profile names it; null until the network has one. */
  readonly annex: Uint8Array | null;
  readonly listen: Listen;
  readonly dir: string;
  /** Among the custodians to be; a share once held has its own. */
  readonly index: number;
  readonly name: string;
  readonly passphrase: string;
  /** Of the logbook. */
  readonly logPrivateUrl: string;
  /** Whose session decides. */
  readonly human: { readonly id: Uint8Array; readonly key: Uint8Array };
}

export function parseConfig(json: unknown): CustodianConfig {
  const fields = new Fields(json);
  const network = fields.object('network');
  const human = fields.object('human');
  const name = fields.text('name');
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) throw new ConfigError('name', `at most ${NAME_BYTES_MAX} bytes are needed`);
  return {
    anchor: parseNetwork(network),
    annex: network.has('annex') ? parseHex('network.annex', network.text('annex')) : null,
    listen: parseListen(fields, ['private_port']),
    dir: fields.text('dir'),
    index: fields.integer('index', 1, INDEX_MAX),
    name,
    passphrase: fields.text('passphrase'),
    logPrivateUrl: fields.url('log_private_url'),
    human: { id: human.hex('id', 16), key: human.hex('key', 32) },
  };
}

function parseHex(field: string, text: string): Uint8Array {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new ConfigError(field, 'bytes in lower-case hex are needed');
  return fromHex(text);
}
