/** The keys of a new network and their files under bootstrap/: the one place where secrets stand in clear (docs/network.md, Genesis). */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { Role } from '@countersign/custody';
import { deriveKeyPair } from '@countersign/threshold';
import { CliError } from '../failure.ts';
import { type Agency, officerName } from './agencies.ts';
import { type DataDir, readJson, writeJson } from './data-dir.ts';

const SEED_BYTES = 32;
const ID_BYTES = 16;

/** An Ed25519 private key and who holds it; hex throughout this file. */
export interface Holder {
  readonly id: string;
  readonly seed: string;
}

export interface Institution extends Holder {
  readonly hpkeSecret: string;
  readonly roles: readonly number[];
}

export interface Officer extends Holder {
  readonly name: string;
  readonly organisation: string;
  readonly roles: readonly number[];
}

export interface CustodianKeys {
  readonly index: number;
  readonly name: string;
  readonly passphrase: string;
  readonly human: Holder;
}

export interface GatewayKeys {
  readonly name: string;
  readonly seed: string;
  readonly hpkeSecret: string;
  readonly passphrase: string;
  /** A role 7 certificate for each hosted agency, by agency id. */
  readonly certs: readonly { readonly agency: string; readonly id: string }[];
}

export interface NamedAgency extends Agency {
  readonly id: string;
}

export interface NetworkKeys {
  readonly networkId: string;
  readonly origin: string;
  /** Unix seconds of the genesis. */
  readonly issued: number;
  readonly rootSeed: string;
  readonly logSeed: string;
  readonly relaySeed: string;
  readonly operatorToken: string;
  readonly threshold: number;
  readonly witnesses: readonly { readonly name: string; readonly seed: string }[];
  readonly agencies: readonly NamedAgency[];
  readonly institutions: {
    /** Certifies judges and reviewers. */
    readonly court: Institution;
    /** Certifies agencies' officers and gateways. */
    readonly registry: Institution;
    readonly oversight: Institution;
    readonly registrar: Institution;
  };
  readonly gateways: readonly GatewayKeys[];
  readonly custodians: readonly CustodianKeys[];
  readonly officers: readonly Officer[];
}

export interface NetworkSize {
  readonly custodians: number;
  readonly threshold: number;
  readonly witnesses: number;
  readonly agencies: readonly Agency[];
}

/** Fresh keys for everybody; `issued` in unix seconds. */
export function createKeys(size: NetworkSize, issued: number, random: Random): NetworkKeys {
  const hex = (length: number) => toHex(random(length));
  const seed = () => hex(SEED_BYTES);
  const institution = (...roles: number[]): Institution => ({
    id: hex(ID_BYTES),
    seed: seed(),
    hpkeSecret: hpkeSecret(random),
    roles,
  });
  const institutions = {
    court: institution(Role.authority, Role.dutyAuthority, Role.orderReviewer),
    registry: institution(Role.requestingOfficer, Role.readerGateway),
    oversight: institution(Role.oversight),
    registrar: institution(Role.registrar),
  };
  const agencies = size.agencies.map((agency) => ({ ...agency, id: hex(ID_BYTES) }));
  const officer = (name: string, organisation: string, role: number): Officer => ({
    name,
    id: hex(ID_BYTES),
    seed: seed(),
    organisation,
    roles: [role],
  });
  return {
    networkId: hex(ID_BYTES),
    origin: `countersign.invalid/${hex(4)}`,
    issued,
    rootSeed: seed(),
    logSeed: seed(),
    relaySeed: seed(),
    operatorToken: seed(),
    threshold: size.threshold,
    witnesses: numbered(size.witnesses, (i) => ({ name: `witness-${i}.invalid`, seed: seed() })),
    agencies,
    institutions,
    gateways: [...new Set(agencies.map(({ gateway }) => gateway))].map((name) => ({
      name,
      seed: seed(),
      hpkeSecret: hpkeSecret(random),
      passphrase: seed(),
      certs: agencies.filter(({ gateway }) => gateway === name).map((agency) => ({ agency: agency.id, id: hex(ID_BYTES) })),
    })),
    custodians: numbered(size.custodians, (index) => ({
      index,
      name: `Custodian ${index}`,
      passphrase: seed(),
      human: { id: hex(ID_BYTES), seed: seed() },
    })),
    officers: [
      ...agencies.map((agency) => officer(officerName(agency), agency.id, Role.requestingOfficer)),
      officer('authority', institutions.court.id, Role.authority),
      officer('duty', institutions.court.id, Role.dutyAuthority),
      officer('reviewer', institutions.court.id, Role.orderReviewer),
      officer('oversight', institutions.oversight.id, Role.oversight),
      officer('registrar', institutions.registrar.id, Role.registrar),
    ],
  };
}

function hpkeSecret(random: Random): string {
  return toHex(deriveKeyPair(random(SEED_BYTES)).secretKey);
}

function numbered<T>(count: number, make: (number: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i + 1));
}

export function publicKeyOf(seed: string): Uint8Array {
  return crypto.ed25519PublicKey(fromHex(seed));
}

export function hpkeKeyOf(secret: string): Uint8Array {
  return crypto.p256PublicKey(fromHex(secret));
}

/** One file for the operator, and one for each officer and custodian's human, to be handed to that person. */
export async function writeKeys(dir: DataDir, keys: NetworkKeys): Promise<void> {
  const people = join(dir.bootstrap, 'people');
  await mkdir(people, { recursive: true, mode: 0o700 });
  for (const officer of keys.officers) await writeJson(join(people, `${officer.name}.json`), officer);
  for (const { index, name, human } of keys.custodians)
    await writeJson(join(people, `custodian-${index}.json`), { name, ...human });
  await writeJson(keysFile(dir), keys);
}

/** Throws `data.no_network` where no network has been made. */
export async function readKeys(dir: DataDir): Promise<NetworkKeys> {
  const keys = await readJson(keysFile(dir));
  if (keys === null) throw new CliError('data.no_network', `there is no network in ${dir.path}: start one with countersign up`);
  return keys as NetworkKeys;
}

function keysFile(dir: DataDir): string {
  return join(dir.bootstrap, 'keys.json');
}

/** The officer of that name, `officer` being the first agency's; throws `input.unknown_officer` with the names there are. */
export function findOfficer(keys: NetworkKeys, name: string): Officer {
  const found = name === 'officer' ? keys.officers[0] : keys.officers.find((officer) => officer.name === name);
  if (found !== undefined) return found;
  throw new CliError('input.unknown_officer', `no officer ${name}; there are ${keys.officers.map((o) => o.name).join(', ')}`);
}
