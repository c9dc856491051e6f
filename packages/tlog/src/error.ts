/** The error of log artefacts that are not AC1 objects: notes, keys, tiles, bundles, proof files and witness requests (C2SP). */

/** Every code; what a log's tree or checkpoint is refused with is an `Ac1Error` with a `log.*` code instead. */
export type TlogCode =
  /** Bytes that are no signed note. */
  | 'note.malformed'
  /** Text that is no verifier or signer key, or whose key id is not that of the key. */
  | 'key.malformed'
  /** A signature of a known key that does not verify. */
  | 'signature.invalid'
  /** A path that names no tile or bundle, or names it in a second spelling. */
  | 'tile.path_invalid'
  /** A tile or bundle wider than the tree has entries for. */
  | 'tile.too_wide'
  /** Tile bytes that are not 32 for each hash. */
  | 'tile.length_invalid'
  /** Bundle bytes that are not the named number of entries. */
  | 'bundle.malformed'
  /** Bytes that are no tlog-proof file. */
  | 'proof.malformed'
  /** Bytes that are no add-checkpoint request, or no answer to one. */
  | 'witness.malformed';

export class TlogError extends Error {
  override readonly name = 'TlogError';
  readonly code: TlogCode;

  constructor(code: TlogCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** Throws `code` unless `condition` holds. */
export function check(condition: boolean, code: TlogCode): asserts condition {
  if (!condition) throw new TlogError(code);
}
