/** Why the encrypted store of this browser cannot be used. */

export type StoreCode =
  /** Another passphrase. */
  | 'store.locked_out'
  /** Another tab has it: two engines would spoil each other's keys. */
  | 'store.in_use'
  /** The browser offers no storage or no cryptography here. */
  | 'store.unavailable'
  /** What is stored does not authenticate. */
  | 'store.damaged';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreCode;

  constructor(code: StoreCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}
