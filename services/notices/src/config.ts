/** The configuration of the notice service (docs/network.md, Configuration files). */
import { fromHex } from '@countersign/bytes';
import { ConfigError, Fields, type Listen, parseListen, parseNetwork, type TrustAnchor } from '@countersign/service';

const SECRET_BYTES = 32;
const COMPLAINT_DEFAULT =
  'You may complain to the authority named above or to the oversight authority of this network, and ask either of them for the order.';

export interface NoticesConfig {
  readonly anchor: TrustAnchor;
  /** Names of agencies and purposes for the text; believed only if the logged profile names its hash. */
  readonly annex: Uint8Array;
  readonly listen: Listen;
  /** Signature key of an authority with role 3. */
  readonly oversightSeed: Uint8Array;
  readonly oversightHpkeSecret: Uint8Array;
  readonly logUrl: string;
  readonly deliveryUrl: string;
  /** Folder of the notice account's device, of the copy of the log, and of what was served. */
  readonly home: string;
  /** With which the account is made at the first start; later they are not looked at. */
  readonly vouchers: readonly string[];
  readonly handle: string;
  /** How to complain: the end of every notice. */
  readonly complaint: string;
}

/** Throws a ConfigError that names the field. */
export function parseNoticesConfig(json: unknown): NoticesConfig {
  const fields = new Fields(json);
  const network = fields.object('network');
  return {
    anchor: parseNetwork(network),
    annex: parseHex(network.text('annex'), 'network.annex'),
    listen: parseListen(fields, ['private_port']),
    oversightSeed: fields.hex('oversight_seed', SECRET_BYTES),
    oversightHpkeSecret: fields.hex('oversight_hpke_secret', SECRET_BYTES),
    logUrl: fields.url('log_private_url'),
    deliveryUrl: fields.url('delivery_url'),
    home: fields.text('home'),
    vouchers: fields.has('vouchers') ? fields.text('vouchers').split(',') : [],
    handle: fields.has('handle') ? fields.text('handle') : 'notices',
    complaint: fields.has('complaint') ? fields.text('complaint') : COMPLAINT_DEFAULT,
  };
}

function parseHex(text: string, field: string): Uint8Array {
  try {
    return fromHex(text);
  } catch {
    throw new ConfigError(field, 'bytes in hex are needed');
  }
}
