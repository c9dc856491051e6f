/** A member's device: its certified keys, and its seat in each group, where it writes and reads (PROTOCOL 4.3, 5). */
import { concat, decode, encode, equal, toHex } from '@countersign/bytes';
import {
  certBodyCodec,
  createDeviceCert,
  type DeviceCert,
  deviceCertCodec,
  EntryType,
  ensureDeviceCertCurrent,
  type NetworkProfile,
  refusalOf,
  verifyDeviceCert,
} from '@countersign/custody';
import {
  createKeyPackage,
  type GroupEnvironment,
  type GroupRecord,
  type GroupStore,
  type IdentityRules,
  type OwnKeyPackage,
  type SavedGroup,
  type Suite,
} from '@countersign/mls';
import type { Founded } from './genesis.ts';
import type { OwnLog } from './own-log.ts';
import { createSigner, type Signer, type World } from './world.ts';

/** Before and after the story's clock: ts-mls judges a package that is added by the machine's clock as well. */
const KEY_PACKAGE_AROUND_S = 86_400;

export interface Device {
  readonly name: string;
  readonly cert: DeviceCert;
  readonly mls: Signer;
  readonly env: Signer;
}

/** Certified by the registrar, who logs the certificate himself. */
export async function enrol(name: string, world: World, { log }: Founded): Promise<Device> {
  const { networkId, random, registrar, from, to } = world;
  const [mls, env] = [createSigner(random), createSigner(random)];
  const cert = createDeviceCert(
    {
      networkId,
      accountId: random(16),
      deviceId: random(16),
      mlsSigKey: mls.key,
      envSigKey: env.key,
      notBefore: BigInt(from),
      notAfter: BigInt(to),
    },
    registrar.seed,
  );
  await log.publish({ type: EntryType.cert, actor: registrar }, encode(certBodyCodec, { kind: 1, cert }));
  return { name, cert, mls, env };
}

/** Who stands behind a leaf: a certificate that is signed, in force, logged and not revoked (PROTOCOL 5). */
export function identityRules(world: World, profile: NetworkProfile, copy: OwnLog): IdentityRules {
  const isGood = (cert: DeviceCert, signatureKey: Uint8Array) => {
    const logged = copy.view.devices(cert.deviceId);
    const isLogged = logged !== null && logged.revokedFrom === null && equal(logged.mlsSigKey, signatureKey);
    const isRefused = refusalOf(() => {
      verifyDeviceCert(cert, profile.authorities, world.networkId);
      ensureDeviceCertCurrent(cert, world.clock.now);
    });
    return isLogged && isRefused === null && equal(cert.mlsSigKey, signatureKey);
  };
  return {
    authenticate: (identity, signatureKey) => isGood(decode(deviceCertCodec, identity), signatureKey),
    parseIdentity: (identity) => ({ deviceId: decode(deviceCertCodec, identity).deviceId }),
  };
}

export function keyPackageOf({ cert, mls }: Device, now: number, suite: Suite): Promise<OwnKeyPackage> {
  const identity = encode(deviceCertCodec, cert);
  const [notBefore, notAfter] = [now - KEY_PACKAGE_AROUND_S, now + KEY_PACKAGE_AROUND_S];
  const options = { identity, signatureSeed: mls.seed.slice(), notBefore, notAfter };
  return createKeyPackage(options, suite);
}

/** A device's environment for one group; the custody root is exported for the network's one custody key (PROTOCOL 5). */
export function groupEnvironment(rules: IdentityRules, suite: Suite, networkId: Uint8Array, keyId: Uint8Array): GroupEnvironment {
  const context = concat(networkId, keyId);
  return { rules, suite, store: new MemoryStore(), custodyContexts: () => [context] };
}

/** Keeps the port's contract: each record is one revision later than the one that it replaces. */
class MemoryStore implements GroupStore {
  #saved: SavedGroup | null = null;

  async save(record: GroupRecord): Promise<void> {
    const isNext = record.revision === 1 || record.revision === (this.#saved?.revision ?? 0) + 1;
    const handshake = record.handshake ?? this.#saved?.handshake;
    if (!isNext || handshake === undefined) throw new Error(`revision ${record.revision} of group ${toHex(record.groupId)}`);
    this.#saved = { ...record, handshake: handshake.slice(), ratchets: record.ratchets.slice() };
  }
}
