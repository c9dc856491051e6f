/** The one error of the file store. */

export type StoreErrorCode =
  /** Another process has the store open. Close it first. */
  | 'store.in_use'
  /** The key or passphrase does not open the store. */
  | 'store.key_wrong'
  /** The file was changed by something else. Restore it, or enrol again. */
  | 'store.damaged'
  /** A commit failed; the store was closed, since what reached the disk is not known. Open it again. */
  | 'store.failed';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
