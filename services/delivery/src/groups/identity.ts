/** Who may stand in a leaf: a device whose certificate was issued here, is logged, in force and not revoked (PROTOCOL 5). */
import { decode, equal } from '@countersign/bytes';
import { deviceCertCodec } from '@countersign/custody';
import type { Sql } from '@countersign/db';
import type { IdentityRules } from '@countersign/mls';
import { isIssuedCert } from '../store/devices.ts';

export function identityRules(sql: Sql, now: () => number): IdentityRules {
  return {
    async authenticate(identity, signatureKey) {
      const cert = decode(deviceCertCodec, identity);
      return equal(cert.mlsSigKey, signatureKey) && (await isIssuedCert(sql, cert.deviceId, identity, now()));
    },
    parseIdentity: (identity) => decode(deviceCertCodec, identity),
  };
}
