/** Layer 1: the threshold key of PROTOCOL 6 (KEM), 7 (proof), 8 and 13. */
export { type Custodian, custodianCodec } from './ceremony/custodian.ts';
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
