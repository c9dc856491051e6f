/** Layer 2: the port over ts-mls (PROTOCOL 5). `Group` for members, `verifyCommit` and its kin for the relay. */
export type { ReceivedMessage, SentMessage } from './application.ts';
export type { CustodyRoot } from './custody-root.ts';
export { MlsError, type MlsErrorCode } from './error.ts';
export { Group, type GroupEnvironment } from './group.ts';
export type { CommitFrame, CommitOptions, HandshakeResult } from './handshake.ts';
export type { IdentityRules } from './identity.ts';
export {
  createKeyPackage,
  decodeOwnKeyPackage,
  encodeOwnKeyPackage,
  type KeyPackageOptions,
  keyPackageRef,
  type OwnKeyPackage,
  verifyKeyPackage,
} from './key-package.ts';
export * from './limits.ts';
export { type MessageHeader, readMessageHeader } from './message.ts';
export {
  type CommitChange,
  openPublicGroup,
  type PublicGroup,
  publicRoster,
  verifyCommit,
  verifyGroupInfo,
  verifyLeave,
  verifyNewGroup,
} from './public-group.ts';
export type { GroupRoster } from './roster.ts';
export type { GroupRecord, GroupStore, SavedGroup } from './store.ts';
export { createSuite, type Suite } from './suite.ts';
export type { Member } from './tree.ts';
