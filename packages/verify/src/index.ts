/** Layer 3: checks evidence files and logs offline; makes the evidence files that it checks. */
export { EVIDENCE_BYTES_MAX, EVIDENCE_FILES_MAX } from './container.ts';
export { createEvidenceFile } from './create-evidence.ts';
export type { EvidenceEntry, EvidenceEnvelope, EvidenceParts, EvidenceRelease, WithheldEnvelope } from './parts.ts';
export { type EvidenceTrust, type VerifiedEvidence, verifyEvidence } from './verify-evidence.ts';
export { type LogToVerify, type VerifiedLog, verifyLog } from './verify-log.ts';
export type { EvidenceGap, EvidenceMessage, WithheldMessage } from './verify-messages.ts';
