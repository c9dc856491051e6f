/** Becoming a member: the voucher is shown, the custody statement read and consented to, and the device certified (docs/network.md). */
import { decode, ensure, equal, fromHex, fromUtf8, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { deviceCertCodec } from '@countersign/custody';
import {
  AppError,
  createConsent,
  createPossessionProof,
  custodyStatementHash,
  type EnrollingDevice,
  type FeaturePolicy,
  parsePolicy,
} from '@countersign/wire';
import { type Fetch, httpError } from './engine/blobs.ts';
import type { Store } from './port/store.ts';
import { decodeRecord, encodeRecord } from './store/record.ts';
import { type AnchorRecord, type DeviceRecord, TABLES } from './store/tables.ts';

const DEVICE = 'device';
const ENROLLING = 'enrolling';

/** What stands behind a voucher, to be shown before anything is agreed to. */
export interface Invitation {
  readonly url: string;
  /** What the newcomer reads: who can read his messages, and how. */
  readonly statement: string;
  readonly statementHash: Uint8Array;
  /** The same facts for an interface, as the service says them. */
  readonly custody: unknown;
  readonly policy: FeaturePolicy;
  readonly vouchersNeeded: number;
  /** Adds a device to the voucher maker's account. */
  readonly isOwnDevice: boolean;
  readonly territory: string;
  readonly anchor: AnchorRecord;
}

export interface ServiceOptions {
  /** Of the delivery service. */
  readonly url: string;
  readonly fetch: Fetch;
  /** The network as the newcomer was told (network.json, parsed); without it the first answer is believed, and pinned. */
  readonly network?: unknown;
}

/** `voucher.invalid`, or `profile.invalid` when the service is of another network than the one expected. */
export async function inspectVoucher(voucher: string, options: ServiceOptions): Promise<Invitation> {
  const answer = fieldsOf(await post(options, '/v1/voucher', { voucher }), 'voucher');
  const statement = textOf(answer.statement, 'statement');
  const statementHash = custodyStatementHash(statement);
  if (toHex(statementHash) !== answer.statement_hash) throw new AppError('input.malformed', 'statement_hash');
  const anchor = anchorOf(answer.network);
  if (options.network !== undefined) ensureSameAnchor(anchorOf(options.network), anchor);
  return {
    url: options.url,
    statement,
    statementHash,
    custody: answer.custody,
    policy: parsePolicy(answer.policy),
    vouchersNeeded: Number(answer.vouchers_needed ?? 1),
    isOwnDevice: answer.own_device === true,
    territory: String(answer.territory ?? ''),
    anchor,
  };
}

export interface EnrolOptions extends ServiceOptions {
  readonly vouchers: readonly string[];
  readonly handle: string;
  /** Shows the statement; what is not consented to is not signed. */
  readonly consent: (invitation: Invitation) => boolean | Promise<boolean>;
  readonly store: Store;
  readonly random: Random;
}

/**
 * Makes the device's keys, asks for consent, and stores the certified device. A second call after a lost answer goes on with the
 * same keys, so no voucher is lost. `input.consent_missing` when the person says no.
 */
export async function enrolDevice(options: EnrolOptions): Promise<DeviceRecord> {
  const { store, vouchers, handle, url } = options;
  if ((await store.get(TABLES.meta, DEVICE)) !== null) throw new AppError('policy.forbidden', 'this store has a device already');
  const [first] = vouchers;
  if (first === undefined) throw new AppError('voucher.invalid');
  const invitation = await inspectVoucher(first, options);
  if (!(await options.consent(invitation))) throw new AppError('input.consent_missing');
  const keys = await keysOf(store, options.random);
  const device: EnrollingDevice = {
    networkId: invitation.anchor.networkId,
    deviceId: keys.deviceId,
    mlsSigKey: crypto.ed25519PublicKey(keys.mlsSeed),
    envSigKey: crypto.ed25519PublicKey(keys.envSeed),
  };
  const { statementHash } = invitation;
  const answer = fieldsOf(
    await post(options, '/v1/enrol', {
      vouchers,
      handle,
      device_id: toHex(device.deviceId),
      mls_sig_key: toHex(device.mlsSigKey),
      env_sig_key: toHex(device.envSigKey),
      consent: {
        statement_hash: toHex(statementHash),
        signature: toHex(createConsent(device, statementHash, keys.envSeed)),
      },
      proof_of_possession: toHex(createPossessionProof(device, keys.mlsSeed)),
    }),
    'enrol',
  );
  const record: DeviceRecord = {
    url,
    accountId: bytesOf(answer.account_id, 'account_id'),
    deviceId: device.deviceId,
    handle: typeof answer.handle === 'string' ? answer.handle : handle,
    mlsSeed: keys.mlsSeed,
    envSeed: keys.envSeed,
    cert: bytesOf(answer.device_cert, 'device_cert'),
    anchor: invitation.anchor,
  };
  ensureCertified(record, device);
  await store.commit([
    { table: TABLES.meta, key: DEVICE, value: encodeRecord(record) },
    { table: TABLES.meta, key: ENROLLING, value: null },
  ]);
  return record;
}

/** The device of a store, or null before enrolment. */
export async function readDevice(store: Store): Promise<DeviceRecord | null> {
  const bytes = await store.get(TABLES.meta, DEVICE);
  return bytes === null ? null : decodeRecord<DeviceRecord>(bytes);
}

interface DeviceKeys {
  readonly deviceId: Uint8Array;
  readonly mlsSeed: Uint8Array;
  readonly envSeed: Uint8Array;
}

async function keysOf(store: Store, random: Random): Promise<DeviceKeys> {
  const begun = await store.get(TABLES.meta, ENROLLING);
  if (begun !== null) return decodeRecord<DeviceKeys>(begun);
  const keys: DeviceKeys = { deviceId: random(16), mlsSeed: random(32), envSeed: random(32) };
  await store.commit([{ table: TABLES.meta, key: ENROLLING, value: encodeRecord(keys) }]);
  return keys;
}

/** Names and keys are ours; the signature is judged when the profile that names the registrars is proven. */
function ensureCertified(record: DeviceRecord, device: EnrollingDevice): void {
  const cert = decode(deviceCertCodec, record.cert);
  ensure(equal(cert.networkId, device.networkId) && equal(cert.accountId, record.accountId), 'cert.invalid');
  ensure(equal(cert.deviceId, device.deviceId), 'cert.invalid');
  ensure(equal(cert.mlsSigKey, device.mlsSigKey) && equal(cert.envSigKey, device.envSigKey), 'cert.invalid');
}

/** `{network_id, root_key, log: {origin, key}}` of network.json; anything else is `input.malformed`. */
function anchorOf(network: unknown): AnchorRecord {
  const fields = fieldsOf(network, 'network');
  const log = fieldsOf(fields.log, 'log');
  return {
    networkId: bytesOf(fields.network_id, 'network_id'),
    rootKey: bytesOf(fields.root_key, 'root_key'),
    logOrigin: textOf(log.origin, 'origin'),
    logKey: bytesOf(log.key, 'key'),
  };
}

function ensureSameAnchor(expected: AnchorRecord, given: AnchorRecord): void {
  const same =
    equal(expected.networkId, given.networkId) &&
    equal(expected.rootKey, given.rootKey) &&
    equal(expected.logKey, given.logKey) &&
    equal(fromUtf8(expected.logOrigin), fromUtf8(given.logOrigin));
  ensure(same, 'profile.invalid');
}

async function post({ url, fetch }: ServiceOptions, path: string, body: unknown): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`${url.replace(/\/+$/, '')}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch (cause) {
    throw new AppError('internal.unavailable', undefined, { cause });
  }
  if (!response.ok) throw await httpError(response);
  return response.json();
}

function fieldsOf(value: unknown, name: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw new AppError('input.malformed', name);
  return value as Record<string, unknown>;
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string') throw new AppError('input.malformed', name);
  return value;
}

function bytesOf(value: unknown, name: string): Uint8Array {
  try {
    return fromHex(textOf(value, name));
  } catch (cause) {
    throw new AppError('input.malformed', name, { cause });
  }
}
