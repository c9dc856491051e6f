/** Layer 2: the frames of contracts/ as types, and the application's error codes. */
export { AppError, isAppCode } from './app-error.ts';
export {
  createConsent,
  createPossessionProof,
  custodyStatementHash,
  type EnrollingDevice,
  isConsent,
  isPossessionProof,
} from './enrolment.ts';
export * as custodianFrames from './gen/custodian_pb.ts';
export * as custodyFrames from './gen/custody_stream_pb.ts';
export * as deliveryFrames from './gen/delivery_pb.ts';
export { APP_CODES, type AppCode } from './gen/errors.ts';
export * as logFrames from './gen/log_pb.ts';
export {
  createPolicyStatement,
  DEFAULT_POLICY,
  FEATURES,
  type Feature,
  type FeaturePolicy,
  parsePolicy,
  verifyPolicyStatement,
} from './policy.ts';
export {
  type Audience,
  createSessionProof,
  parseSessionProof,
  SESSION_PROOF_SKEW_MS,
  type SessionProof,
  type SessionProofInput,
  verifySessionProof,
} from './session-proof.ts';
export { formatVoucher, parseVoucher, VOUCHER_SECRET_BYTES } from './voucher-code.ts';
