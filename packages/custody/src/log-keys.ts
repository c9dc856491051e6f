/** The keys that entries of a log may be signed with, learnt from the log itself as it is read from its beginning (PROTOCOL 4, 11.2). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import {
  CertKind,
  type CertRevocation,
  certRevocationCodec,
  certRevocationSigner,
  verifyCertRevocation,
} from './cert-revocation.ts';
import { type CustodyKey, verifyCustodyKey } from './custody-key.ts';
import { type DeviceCert, deviceCertSigner, verifyDeviceCert } from './device-cert.ts';
import { type Device, registerDevices } from './device-register.ts';
import { certBodyCodec } from './entry-body.ts';
import type { Actor } from './entry-rules.ts';
import type { AgencyId, DeviceId, Hash, OfficerId, SigKey } from './ids.ts';
import { keyId } from './log-entry.ts';
import { type OfficerCert, OfficerKeyAlg, officerCertSigner, signingKeyOf, verifyOfficerCert } from './officer-cert.ts';
import { type Officer, registerOfficers } from './officer-register.ts';
import { type NetworkProfile, type VerifiedProfile, verifyProfile } from './profile.ts';
import { isRevokedInHour, isValidInHour } from './validity.ts';

/** What was logged about one holder. */
interface Record<Cert> {
  readonly certs: Cert[];
  readonly revocations: CertRevocation[];
}

/** What an entry would change; `accept` is called once its actor is known to be entitled to it. */
export interface KeyChange {
  /** The authority's key that signed a certificate or its revocation. */
  readonly signer: SigKey | null;
  /** Of a profile. */
  readonly relayKeys: readonly SigKey[];
  readonly accept: () => void;
}

export class LogKeys {
  readonly #rootKey: SigKey;
  #newest: VerifiedProfile | null = null;
  readonly #relayKeys = new Map<string, SigKey>();
  readonly #custodyKeys = new Map<string, CustodyKey>();
  readonly #custodianKeys = new Map<string, SigKey>();
  readonly #officerRecords = new Map<string, Record<OfficerCert>>();
  readonly #officers = new Map<string, Officer>();
  readonly #deviceRecords = new Map<string, Record<DeviceCert>>();
  readonly #devices = new Map<string, Device>();
  /** By key id: everybody certified with the key, or a second certificate for it would take its first holder's voice. */
  readonly #officersByKey = new Map<string, Set<string>>();
  readonly #devicesByKey = new Map<string, Set<string>>();

  /** `rootKey` is the network root's: the one key that is known before the log. */
  constructor(rootKey: SigKey) {
    this.#rootKey = rootKey;
  }

  /** The newest profile; `profile.invalid` before the first. */
  get profile(): NetworkProfile {
    ensure(this.#newest !== null, 'profile.invalid');
    return this.#newest.profile;
  }

  get relayKeys(): readonly SigKey[] {
    return [...this.#relayKeys.values()];
  }

  officer(id: OfficerId): Officer | null {
    return this.#officers.get(toHex(id)) ?? null;
  }

  device(id: DeviceId): Device | null {
    return this.#devices.get(toHex(id)) ?? null;
  }

  readersOf(agency: AgencyId): Officer[] {
    return [...this.#officers.values()].filter(
      ({ key, organisationId }) => key.alg === OfficerKeyAlg.reader && equal(organisationId, agency),
    );
  }

  custodyKey(id: Hash): CustodyKey | null {
    return this.#custodyKeys.get(toHex(id)) ?? null;
  }

  /** Everybody whose key the id names, in an entry of `hour`. */
  actors(actorKeyId: Hash, hour: number): Actor[] {
    const id = toHex(actorKeyId);
    const actors: Actor[] = [];
    const relay = this.#relayKeys.get(id);
    if (relay !== undefined) actors.push({ kind: 'relay', key: relay, roles: [] });
    const custodian = this.#custodianKeys.get(id);
    if (custodian !== undefined) actors.push({ kind: 'custodian', key: custodian, roles: [] });
    const authority = this.#newest?.profile.authorities.find(({ key }) => equal(keyId(key), actorKeyId));
    if (authority !== undefined) actors.push({ kind: 'authority', key: authority.key, roles: authority.roles });
    for (const holder of this.#officersByKey.get(id) ?? []) {
      actors.push(...officerActors(this.#officers.get(holder) as Officer, hour));
    }
    for (const holder of this.#devicesByKey.get(id) ?? []) {
      const device = this.#devices.get(holder) as Device;
      if (device.terms.some((term) => isValidInHour(term, hour)))
        actors.push({ kind: 'device', key: device.envSigKey, roles: [] });
    }
    return actors;
  }

  /** A type 1 payload: the newest profile from here on. */
  readProfile(payload: Uint8Array): KeyChange {
    const verified = verifyProfile(payload, this.#rootKey, this.#newest);
    const { relayKeys } = verified.profile;
    return {
      signer: null,
      relayKeys,
      accept: () => {
        this.#newest = verified;
        for (const key of relayKeys) this.#relayKeys.set(toHex(keyId(key)), key);
      },
    };
  }

  /** A type 2 payload; a generation that is not newer than the one held is `custody_key.invalid`. */
  readCustodyKey(payload: Uint8Array): KeyChange {
    const key = verifyCustodyKey(payload, { networkId: this.profile.networkId, rootKey: this.#rootKey });
    const held = this.custodyKey(key.custodyKeyId);
    ensure(held === null || key.shareGen > held.shareGen, 'custody_key.invalid');
    return change(null, () => {
      this.#custodyKeys.set(toHex(key.custodyKeyId), key);
      for (const { sigKey } of key.custodians) this.#custodianKeys.set(toHex(keyId(sigKey)), sigKey);
    });
  }

  /** A type 5 payload. */
  readCert(payload: Uint8Array): KeyChange {
    const { authorities, networkId } = this.profile;
    const body = decode(certBodyCodec, payload);
    if (body.kind === CertKind.device) {
      const cert = verifyDeviceCert(body.cert, authorities, networkId);
      return change(deviceCertSigner(cert, authorities), () => {
        recordOf(this.#deviceRecords, cert.deviceId).certs.push(cert);
        this.#refreshDevice(cert.deviceId);
      });
    }
    const cert = verifyOfficerCert(body.cert, authorities, networkId);
    return change(officerCertSigner(cert, authorities), () => {
      recordOf(this.#officerRecords, cert.officerId).certs.push(cert);
      this.#refreshOfficer(cert.officerId);
    });
  }

  /** A type 6 payload; a certificate that is not logged cannot be revoked (`cert.invalid`). */
  readRevocation(payload: Uint8Array): KeyChange {
    const { authorities, networkId } = this.profile;
    const revocation = decode(certRevocationCodec, payload);
    const id: Uint8Array = revocation.id;
    const isOfDevice = revocation.kind === CertKind.device;
    const holder = isOfDevice ? this.device(id) : this.officer(id);
    ensure(holder !== null, 'cert.invalid');
    const roles = this.officer(id)?.terms.flatMap((term) => term.roles) ?? [];
    verifyCertRevocation(revocation, authorities, roles, networkId);
    return change(certRevocationSigner(revocation, authorities, roles), () => {
      if (isOfDevice) {
        recordOf(this.#deviceRecords, id).revocations.push(revocation);
        this.#refreshDevice(id);
      } else {
        recordOf(this.#officerRecords, id).revocations.push(revocation);
        this.#refreshOfficer(id);
      }
    });
  }

  #refreshOfficer(id: OfficerId): void {
    const { certs, revocations } = recordOf(this.#officerRecords, id);
    const [officer] = registerOfficers(certs, revocations);
    if (officer === undefined) return;
    this.#officers.set(toHex(id), officer);
    const key = signingKeyOf(officer.key);
    if (key !== null) addHolder(this.#officersByKey, key, id);
  }

  #refreshDevice(id: DeviceId): void {
    const { certs, revocations } = recordOf(this.#deviceRecords, id);
    const [device] = registerDevices(certs, revocations);
    if (device === undefined) return;
    this.#devices.set(toHex(id), device);
    addHolder(this.#devicesByKey, device.envSigKey, id);
  }
}

/** An officer or reader, with the roles held in the hour; nobody where there are none. */
function officerActors({ key, terms, revokedFrom }: Officer, hour: number): Actor[] {
  const signingKey = signingKeyOf(key);
  const roles = terms.filter((term) => isValidInHour(term, hour)).flatMap((term) => term.roles);
  if (signingKey === null || roles.length === 0 || isRevokedInHour(revokedFrom, hour)) return [];
  return [{ kind: key.alg === OfficerKeyAlg.reader ? 'reader' : 'officer', key: signingKey, roles }];
}

function addHolder(holders: Map<string, Set<string>>, key: SigKey, id: Uint8Array): void {
  const name = toHex(keyId(key));
  holders.set(name, (holders.get(name) ?? new Set()).add(toHex(id)));
}

function recordOf<Cert>(records: Map<string, Record<Cert>>, id: Uint8Array): Record<Cert> {
  const key = toHex(id);
  let record = records.get(key);
  if (record === undefined) {
    record = { certs: [], revocations: [] };
    records.set(key, record);
  }
  return record;
}

function change(signer: SigKey | null, accept: () => void): KeyChange {
  return { signer, relayKeys: [], accept };
}
