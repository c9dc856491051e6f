/** Layer 1: the threshold key of PROTOCOL 6 (KEM), 7 (proof), 8 and 13. */
export {
  type AbortedCeremony,
  type Author,
  type CeremonyMessage,
  type CeremonySetup,
  type CeremonyState,
  type CeremonyStep,
  type FinishedCeremony,
  type Receiver,
  type RunningCeremony,
  receiveMessage,
  startCeremony,
} from './ceremony/ceremony.ts';
export {
  type CeremonyOpen,
  CUSTODIANS_MAX,
  ceremonyContext,
  ceremonyOpenCodec,
  DKG,
  RESHARE,
  verifyCeremonyOpen,
} from './ceremony/ceremony-open.ts';
export {
  type Complaint,
  complaintCodec,
  REASON_EQUIVOCATION,
  REASON_ROUND1,
  REASON_SHARE,
} from './ceremony/complaint.ts';
export { type Custodian, custodianCodec } from './ceremony/custodian.ts';
export { type CeremonyOutcome, finishCeremony } from './ceremony/finish.ts';
export type { OldCustody, OldKey } from './ceremony/old-key.ts';
export { evaluatePolynomial, type Polynomial, verifyShare } from './ceremony/polynomial.ts';
export {
  createRound1,
  hashRound1,
  parseRound1,
  type Round1,
  round1Codec,
  type VerifiedRound1,
  verifyRound1,
} from './ceremony/round1.ts';
export { createRound2, openRound2, type Round2, type Round2Route, round2Codec } from './ceremony/round2.ts';
export {
  type BlameTarget,
  type Combined,
  type CombineTarget,
  combine,
  combineWithBlame,
  type Part,
  type ProvenPart,
} from './combine.ts';
export { createPartial, type DleqStatement, type ReleaseShare, releaseShareCodec, verifyDleq } from './dleq.ts';
export { type DleqContext, dleqContextCodec } from './dleq-context.ts';
export { GBAR } from './generator.ts';
export { createSealed, deriveKeyPair, type KeyPair, openSealed, type Sealed } from './hpke.ts';
export { deriveEncapsulatedKey, deriveScopeKey, type EncapsulatedKey, type ScopeKey } from './key.ts';
export { encodePoint33, encodePoint65, type Point, parsePoint, parsePoint33, parsePoint65 } from './point.ts';
export { hashToScalar, parseScalar, type ScalarTag } from './scalar.ts';
export {
  createScopeProof,
  parseScopeProof,
  type ScopeProof,
  scopeProofCodec,
  type UnverifiedScopeProof,
  verifyScopeProof,
} from './scope-proof.ts';
