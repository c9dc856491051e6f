/** The one error of vector files: the file itself cannot be run, whatever its cases say. */
export type VectorsErrorCode =
  | 'vectors.not_json'
  | 'vectors.not_a_vector_file'
  | 'vectors.counts_differ'
  | 'vectors.duplicate_op';

export class VectorsError extends Error {
  override readonly name = 'VectorsError';
  readonly code: VectorsErrorCode;

  constructor(code: VectorsErrorCode, reason: string, options?: ErrorOptions) {
    super(`${code}: ${reason}`, options);
    this.code = code;
  }
}
