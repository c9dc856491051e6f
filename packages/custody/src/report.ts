/** Report: a member's signed complaint about a grant or an envelope; it never holds a content key (PROTOCOL 14). */
import { type Ac1Code, ensure, type Infer, isAc1Code, opaque, struct, toUtf8, uint64, version } from '@countersign/bytes';
import { grantCodec } from './grant.ts';
import { type SigKey, sig } from './ids.ts';
import { createSigned, isSignedBy } from './signed.ts';

export const reportCodec = struct({
  version,
  /** The error code in ASCII. */
  code: opaque(1, 64),
  grant: grantCodec,
  /** The refused envelope; empty when the grant itself is at fault. */
  envelope: opaque(0, 2 ** 24 - 1),
  time: uint64,
  sig,
});
export type Report = Infer<typeof reportCodec>;

/** Signed with the reporting device's env_sig_key. */
export function createReport(body: Omit<Report, 'sig'>, envSigSeed: Uint8Array): Report {
  return createSigned(reportCodec, 'AC1 report', body, envSigSeed);
}

/** The report, proven to come from the device; else `object.signature_invalid`. Its claim is judged by repeating the checks. */
export function verifyReport(report: Report, envSigKey: SigKey): Report {
  ensure(isSignedBy(reportCodec, 'AC1 report', report, envSigKey), 'object.signature_invalid');
  return report;
}

/** The code that the report names; one outside the closed list reads as `internal.unknown` (PROTOCOL 18). */
export function reportCode(report: Report): Ac1Code {
  const code = toUtf8(report.code);
  return code !== null && isAc1Code(code) ? code : 'internal.unknown';
}
