/** The structs that the object ops know by name: codec, signature label, and the verification of each (PROTOCOL 17). */
import type { Codec } from '@countersign/bytes';
import { fromHex, toHex } from '@countersign/bytes';
import type { SignLabel } from '@countersign/crypto';
import {
  type Authorities,
  annexCodec,
  type CertRevocation,
  certRevocationCodec,
  type DeviceCert,
  type DeviceTerritory,
  deviceCertCodec,
  deviceTerritoryCodec,
  type EvidenceManifest,
  ensureDeviceCertCurrent,
  ensureOfficerCertCurrent,
  evidenceManifestCodec,
  extensionCodec,
  type KeyDestroyed,
  keyDestroyedCodec,
  type Notice,
  noticeCodec,
  type OfficerCert,
  officerCertCodec,
  orderSummaryCodec,
  profileCodec,
  type ReadEvent,
  type Receipt,
  type RelayStamp,
  type ReleaseRequest,
  type Revocation,
  type Roster,
  type RosterMember,
  readEventCodec,
  receiptCodec,
  relayStampCodec,
  releaseRequestCodec,
  reportCodec,
  revocationCodec,
  rosterCodec,
  verifyCertRevocation,
  verifyDeviceCert,
  verifyDeviceTerritory,
  verifyEvidenceManifest,
  verifyKeyDestroyed,
  verifyNotice,
  verifyOfficerCert,
  verifyReadEvent,
  verifyReceipt,
  verifyRequestSignature,
  verifyRevocation,
  verifyRoster,
  verifyRosterAccounts,
  verifyRosterEqualsMls,
  verifyStampSignature,
} from '@countersign/custody';
import { ceremonyOpenCodec, round1Codec, round2Codec } from '@countersign/threshold';
import type { CaseFields } from '../op.ts';
import { parseFields } from './object-fields.ts';

export interface ObjectType {
  // biome-ignore lint/suspicious/noExplicitAny: the ops meet a struct as fields by name, whatever its type
  readonly codec: Codec<any>;
  readonly label?: SignLabel;
  /** Throws, or the struct stands; `input` is the case's `in`. */
  // biome-ignore lint/suspicious/noExplicitAny: a struct of whatever type the codec beside it reads
  readonly verify?: (value: any, input: CaseFields) => void;
}

export const OBJECT_TYPES: Readonly<Record<string, ObjectType>> = {
  Annex: { codec: annexCodec },
  CeremonyOpen: { codec: ceremonyOpenCodec },
  CertRevocation: {
    codec: certRevocationCodec,
    label: 'AC1 cert revocation',
    verify: (value: CertRevocation, input) => verifyCertRevocation(value, authoritiesOf(input), input.cert_roles ?? []),
  },
  DeviceCert: { codec: deviceCertCodec, label: 'AC1 device cert', verify: verifyDeviceCertCase },
  DeviceTerritory: {
    codec: deviceTerritoryCodec,
    label: 'AC1 territory',
    verify: (value: DeviceTerritory, input) => verifyDeviceTerritory(value, authoritiesOf(input)),
  },
  EvidenceManifest: {
    codec: evidenceManifestCodec,
    label: 'AC1 evidence',
    verify: (value: EvidenceManifest, input) => verifyEvidenceManifest(value, fromHex(input.pub)),
  },
  Extension: { codec: extensionCodec },
  KeyDestroyed: {
    codec: keyDestroyedCodec,
    label: 'AC1 destroyed',
    verify: (value: KeyDestroyed, input) => verifyKeyDestroyed(value, fromHex(input.pub)),
  },
  NetworkProfile: { codec: profileCodec, label: 'AC1 profile' },
  Notice: {
    codec: noticeCodec,
    label: 'AC1 notice',
    verify: (value: Notice, input) => verifyNotice(value, authoritiesOf(input)),
  },
  OfficerCert: { codec: officerCertCodec, label: 'AC1 officer cert', verify: verifyOfficerCertCase },
  OrderSummary: { codec: orderSummaryCodec },
  ReadEvent: {
    codec: readEventCodec,
    label: 'AC1 read event',
    verify: (value: ReadEvent, input) => verifyReadEvent(value, fromHex(input.pub)),
  },
  Receipt: {
    codec: receiptCodec,
    label: 'AC1 receipt',
    verify: (value: Receipt, input) => verifyReceipt(value, fromHex(input.pub)),
  },
  RelayStamp: {
    codec: relayStampCodec,
    label: 'AC1 relay stamp',
    verify: (value: RelayStamp, input) => verifyStampSignature(value, [fromHex(input.pub)]),
  },
  ReleaseRequest: {
    codec: releaseRequestCodec,
    label: 'AC1 release request',
    verify: (value: ReleaseRequest, input) => verifyRequestSignature(value, fromHex(input.pub)),
  },
  Report: { codec: reportCodec, label: 'AC1 report' },
  Revocation: {
    codec: revocationCodec,
    label: 'AC1 revocation',
    verify: (value: Revocation, input) => verifyRevocation(value, fromHex(input.pub)),
  },
  Roster: { codec: rosterCodec, label: 'AC1 roster', verify: verifyRosterCase },
  Round1: { codec: round1Codec, label: 'AC1 ceremony msg' },
  Round2: { codec: round2Codec, label: 'AC1 ceremony share msg' },
};

function authoritiesOf(input: CaseFields): Authorities {
  return input.authorities.map((authority: CaseFields) => ({ key: fromHex(authority.key), roles: authority.roles }));
}

function verifyDeviceCertCase(value: DeviceCert, input: CaseFields): void {
  verifyDeviceCert(value, authoritiesOf(input));
  ensureDeviceCertCurrent(value, BigInt(input.at));
}

function verifyOfficerCertCase(value: OfficerCert, input: CaseFields): void {
  verifyOfficerCert(value, authoritiesOf(input));
  ensureOfficerCertCurrent(value, BigInt(input.at));
}

function verifyRosterCase(value: Roster, input: CaseFields): void {
  verifyRoster(value, [fromHex(input.pub)]);
  if (input.mls !== undefined)
    verifyRosterEqualsMls(value, {
      treeHash: fromHex(input.mls.tree_hash),
      confirmedTranscriptHash: fromHex(input.mls.confirmed_transcript_hash),
      members: input.mls.members.map((member: CaseFields) => parseFields(member) as RosterMember),
    });
  if (input.certs !== undefined) {
    const accounts = new Map(input.certs.map((cert: CaseFields) => [cert.device_id, fromHex(cert.account_id)]));
    verifyRosterAccounts(value, (device) => (accounts.get(toHex(device)) as Uint8Array | undefined) ?? null);
  }
}
