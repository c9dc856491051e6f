/** Layer 1: a C2SP transparency log as pure functions, for those who run one, witness one, or check its proofs. */
export {
  addCosignatures,
  type Checkpoint,
  type CheckpointPolicy,
  COSIGNATURE_AHEAD_MAX_S,
  createCheckpoint,
  parseCheckpoint,
  type UnverifiedCheckpoint,
  verifyCheckpoint,
  verifyFollows,
} from './checkpoint.ts';
export { consistencyNodes, proveConsistency, verifyConsistency } from './consistency.ts';
export { type Cosignature, createCosignature, verifyCosignature } from './cosignature.ts';
export { ENTRY_BYTES_MAX, formatEntryBundle, parseEntryBundle } from './entry-bundle.ts';
export { type TlogCode, TlogError } from './error.ts';
export { inclusionNodes, PROOF_HASHES_MAX, proveInclusion, verifyInclusion } from './inclusion.ts';
export {
  deriveSignerKey,
  deriveVerifierKey,
  formatSignerKey,
  formatVerifierKey,
  type KeyType,
  LOG_KEY,
  parseSignerKey,
  parseVerifierKey,
  type SignerKey,
  type VerifierKey,
  WITNESS_KEY,
} from './key.ts';
export { LogTree, OPENED_TILES_MAX, type ReadTile, type TileWrite } from './log-tree.ts';
export { EMPTY_ROOT, entryHash, HASH_BYTES, merkleRoot, nodeHash, type TreeHead } from './merkle.ts';
export { type HashReader, type NodeId, rootOf } from './node.ts';
export {
  createNoteSignature,
  formatNote,
  formatSignatureLine,
  NOTE_BYTES_MAX,
  NOTE_SIGNATURES_MAX,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  type UnverifiedNote,
  verifyNoteSignature,
} from './note.ts';
export { formatProofFile, type ProvenEntry, parseProofFile, type UnverifiedProofFile, verifyProofFile } from './proof-file.ts';
export { TREE_SIZE_MAX } from './size.ts';
export {
  changedBundles,
  changedTiles,
  formatTilePath,
  hashesOnLevel,
  parseTilePath,
  TILE_WIDTH,
  type Tile,
  verifyTileFits,
  widthIn,
} from './tile.ts';
export { tileHashReader, tilesFor } from './tile-reader.ts';
export {
  decideAddCheckpoint,
  type WitnessAnswer,
  type WitnessConfig,
  type WitnessRecord,
  witnessCheckpointPath,
} from './witness.ts';
export {
  type AddCheckpoint,
  formatAddCheckpoint,
  parseAddCheckpoint,
  parseCosignaturesAnswer,
  parseSizeAnswer,
  WITNESS_REQUEST_BYTES_MAX,
} from './witness-request.ts';
