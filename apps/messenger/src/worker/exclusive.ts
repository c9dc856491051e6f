/** One engine for all tabs: MLS state that two of them advance is lost to both. */
import { StoreError } from './store-error.ts';

const LOCK_NAME = 'countersign engine';

/** Holds the lock until the worker ends; `store.in_use` when another tab has it. */
export function holdEngineLock(locks: LockManager): Promise<void> {
  return new Promise((resolve, reject) => {
    locks
      .request(LOCK_NAME, { ifAvailable: true }, (lock) => {
        if (lock === null) {
          reject(new StoreError('store.in_use'));
          return;
        }
        resolve();
        return new Promise<void>(() => undefined);
      })
      .catch((cause: unknown) => reject(new StoreError('store.unavailable', { cause })));
  });
}
