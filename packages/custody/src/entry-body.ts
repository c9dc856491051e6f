/** The bodies of log entries that are not just the struct of their name (PROTOCOL 11.2). */
import { type Codec, encode, enumeration } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import { CertKind } from './cert-revocation.ts';
import { type DeviceCert, deviceCertCodec } from './device-cert.ts';
import { type Hash, hash } from './ids.ts';
import { type OfficerCert, officerCertCodec } from './officer-cert.ts';

/** One release for each grant of a request. */
const RELEASES_MAX = 1024;

export type CertBody = { readonly kind: 1; readonly cert: DeviceCert } | { readonly kind: 2; readonly cert: OfficerCert };

const certKindCodec = enumeration(1, [CertKind.device, CertKind.officer]);

/** Type 5: the kind, then the certificate. */
export const certBodyCodec: Codec<CertBody> = {
  read(reader) {
    const kind = certKindCodec.read(reader);
    return kind === CertKind.device
      ? { kind, cert: deviceCertCodec.read(reader) }
      : { kind, cert: officerCertCodec.read(reader) };
  },
  write(writer, body) {
    certKindCodec.write(writer, body.kind);
    if (body.kind === CertKind.device) deviceCertCodec.write(writer, body.cert);
    else officerCertCodec.write(writer, body.cert);
  },
};

/** Type 15: SHA-256 of each release, one after the other. */
export const releasesBodyCodec: Codec<Hash[]> = {
  read(reader) {
    const hashes = [hash.read(reader)];
    while (reader.remaining > 0 && hashes.length < RELEASES_MAX) hashes.push(hash.read(reader));
    return hashes;
  },
  write(writer, hashes) {
    if (hashes.length === 0 || hashes.length > RELEASES_MAX) throw new RangeError(`${hashes.length} releases in one entry`);
    for (const item of hashes) hash.write(writer, item);
  },
};

/** Types 12, 22 and 23: H("AC1 object", struct), the struct travelling beside. */
export function objectHash<T>(codec: Codec<T>, value: T): Hash {
  return labelledHash('AC1 object', encode(codec, value));
}

/** Type 24. */
export const FILLER_BODY = new Uint8Array(1);
