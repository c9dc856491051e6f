/** The operator's feature policy: a signed application statement (PROTOCOL 11.2), which devices check against the profile's relay keys. */
import {
  concat,
  decode,
  encode,
  fixed,
  fromUtf8,
  labelBytes,
  opaque,
  struct,
  toUtf8,
  uint32,
  uint64,
  version,
} from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { AppError } from './app-error.ts';

export const FEATURES = ['attachments', 'deletes', 'edits', 'groups', 'reactions', 'receipts', 'timers', 'typing'] as const;
export type Feature = (typeof FEATURES)[number];

export interface FeaturePolicy {
  /** Vouchers of different members that a newcomer needs; one of the operator counts as all of them. */
  readonly vouchers_needed: number;
  /** Vouchers of one member that are open or redeemed. */
  readonly voucher_quota: number;
  readonly voucher_valid_max_s: number;
  readonly group_members_max: number;
  readonly blob_bytes_max: number;
  readonly features: Readonly<Record<Feature, boolean>>;
  /** What the operator adds to the custody statement. */
  readonly operator_text: string;
}

export const DEFAULT_POLICY: FeaturePolicy = {
  vouchers_needed: 1,
  voucher_quota: 100,
  voucher_valid_max_s: 30 * 86_400,
  group_members_max: 500,
  blob_bytes_max: 100 * 2 ** 20,
  features: Object.fromEntries(FEATURES.map((feature) => [feature, true])) as Record<Feature, boolean>,
  operator_text: '',
};

const NUMBERS = {
  vouchers_needed: [1, 10],
  voucher_quota: [0, 100_000],
  voucher_valid_max_s: [60, 366 * 86_400],
  group_members_max: [2, 500],
  blob_bytes_max: [0, 2 ** 31],
} as const;
const OPERATOR_TEXT_MAX = 20_000;

const POLICY_KIND = 'feature policy';

/** A statement of PROTOCOL 11.2: version and kind first. */
const policyStatementCodec = struct({
  version,
  kind: opaque(1, 64),
  networkId: fixed<'NetworkId'>(16),
  /** Grows with each policy of the network. */
  seq: uint32,
  issued: uint64,
  /** FeaturePolicy as JSON. */
  policy: opaque(1, 65_535),
  signer: fixed<'SigKey'>(32),
  sig: fixed<'Sig'>(64),
});

/** The statement's bytes, signed by a relay key. */
export function createPolicyStatement(
  fields: { readonly networkId: Uint8Array; readonly seq: number; readonly issued: bigint; readonly policy: FeaturePolicy },
  relaySeed: Uint8Array,
): Uint8Array {
  const { networkId, seq, issued } = fields;
  const policy = fromUtf8(JSON.stringify(fields.policy));
  const signer = crypto.ed25519PublicKey(relaySeed);
  const kind = fromUtf8(POLICY_KIND);
  const unsigned = encode(policyStatementCodec, { kind, networkId, seq, issued, policy, signer, sig: new Uint8Array(64) });
  const message = messageOf(unsigned);
  return concat(unsigned.subarray(0, -64), crypto.ed25519Sign(relaySeed, message));
}

/** Throws `input.malformed` unless one of the relay keys signed the statement for this network and its policy has the known form. */
export function verifyPolicyStatement(
  bytes: Uint8Array,
  expected: { readonly networkId: Uint8Array; readonly relayKeys: readonly Uint8Array[] },
): { readonly seq: number; readonly policy: FeaturePolicy } {
  const statement = decode(policyStatementCodec, bytes);
  const isOurs = isSame(statement.networkId, expected.networkId) && toUtf8(statement.kind) === POLICY_KIND;
  const isKnown = expected.relayKeys.some((key) => isSame(key, statement.signer));
  if (!isOurs || !isKnown || !crypto.ed25519Verify(statement.signer, messageOf(bytes), statement.sig))
    throw new AppError('input.malformed', 'policy');
  return { seq: statement.seq, policy: parsePolicy(parseJson(statement.policy)) };
}

/** A policy from JSON; fields that are absent have their default. Another form is `input.malformed`. */
export function parsePolicy(json: unknown): FeaturePolicy {
  const given = objectOf(json, 'policy');
  const numbers = Object.entries(NUMBERS).map(([name, [min, max]]) => {
    const value = given[name] ?? DEFAULT_POLICY[name as keyof typeof NUMBERS];
    if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max)
      throw new AppError('input.malformed', name);
    return [name, value] as const;
  });
  const switches = objectOf(given.features ?? {}, 'features');
  const features = FEATURES.map((feature) => {
    const value = switches[feature] ?? true;
    if (typeof value !== 'boolean') throw new AppError('input.malformed', feature);
    return [feature, value] as const;
  });
  const text = given.operator_text ?? '';
  if (typeof text !== 'string' || text.length > OPERATOR_TEXT_MAX) throw new AppError('input.malformed', 'operator_text');
  return {
    ...Object.fromEntries(numbers),
    features: Object.fromEntries(features),
    operator_text: text,
  } as unknown as FeaturePolicy;
}

function objectOf(json: unknown, name: string): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new AppError('input.malformed', name);
  return json as Record<string, unknown>;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(toUtf8(bytes) ?? '');
  } catch (cause) {
    throw new AppError('input.malformed', 'policy', { cause });
  }
}

function messageOf(bytes: Uint8Array): Uint8Array {
  return concat(labelBytes('countersign policy'), bytes.subarray(0, -64));
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
