/** The named limits of this port. What exceeds one from outside is `too_large`; a caller's own excess is a RangeError. */

/** Members (non-blank leaves) of one group. A commit that needs a path over 500 blank leaves takes 0.4 s: larger groups are channels. */
export const GROUP_MEMBERS_MAX = 500;
/** Leaves of a ratchet tree, blank ones included: the next power of two above `GROUP_MEMBERS_MAX`. */
export const TREE_LEAVES_MAX = 512;
/** Bytes of a credential's identity (a DeviceCert is below 300). */
export const IDENTITY_BYTES_MAX = 1024;
/** Bytes of a PrivateMessage. */
export const PRIVATE_MESSAGE_BYTES_MAX = 1 << 20;
/** Bytes of a Commit, Proposal, GroupInfo or Welcome: 500 leaves with their certificates take about 0.5 MB. */
export const HANDSHAKE_BYTES_MAX = 4 << 20;
/** Bytes of a key package. */
export const KEY_PACKAGE_BYTES_MAX = 8192;
/** Seconds that a key package may live, its own tolerance for clocks included. */
export const KEY_PACKAGE_LIFETIME_MAX_S = 100 * 86400;
/** The current epoch and those before it whose messages and custody roots are still kept (PROTOCOL 5). */
export const EPOCHS_KEPT = 4;
/** Message keys of one sender kept for messages that arrive out of order. */
export const GENERATIONS_KEPT = 10;
/** How many messages of one sender may be skipped at once. */
export const GENERATIONS_AHEAD_MAX = 200;
/** Custody contexts of one epoch: the current custody key and the next. */
export const CUSTODY_CONTEXTS_MAX = 4;
