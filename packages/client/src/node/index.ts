/** What a device with Node has: a store in a file, its key, and the `ws` transport. */
export { StoreError, type StoreErrorCode } from './error.ts';
export { type FileStoreOptions, openFileStore } from './file-store.ts';
export { deriveStoreKey, readKeyFile } from './store-key.ts';
export { wsTransport } from './ws-transport.ts';
