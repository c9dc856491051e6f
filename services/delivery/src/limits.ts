/** The named limits of delivery: nothing here grows without one. */

/** A Commit of 500 members with GroupInfo and Welcome is below 2 MB (FRAME of contracts/delivery.proto). */
export const FRAME_BYTES_MAX = 6 * 2 ** 20;
export const HTTP_BODY_BYTES_MAX = 64 * 2 ** 10;
export const CONNECTIONS_PER_DEVICE_MAX = 4;
/** Frames of one connection that are read and not yet answered; beyond it the socket is not read. */
export const FRAMES_IN_WORK_MAX = 512;
/** Bytes that a socket may owe its peer before pushes wait for it. */
export const SOCKET_BUFFER_BYTES_MAX = 2 * 2 ** 20;
export const HEARTBEAT_MS = 30_000;

const MESSAGES_PER_DEVICE_PER_S = 200;
const MESSAGES_PER_DEVICE_BURST = 2_000;
export const MESSAGES_WAITING_PER_DEVICE_MAX = 2_048;
export const MESSAGES_WAITING_MAX = 32_768;
export const MESSAGES_PER_BATCH_MAX = 256;
export const MAILBOX_ROWS_MAX = 100_000;
export const DRAIN_ITEMS_MAX = 500;
/** Bytes of bodies in one page: the rest comes with the next one. */
export const DRAIN_BYTES_MAX = 4 * 2 ** 20;

export const KEY_PACKAGES_PER_CALL_MAX = 100;
export const KEY_PACKAGES_PER_DEVICE_MAX = 200;
export const ACCOUNTS_PER_TAKE_MAX = 100;
export const GRANTS_PER_FETCH_MAX = 256;
export const GRANTS_PER_STREAM_FETCH_MAX = 1_024;
export const NETWORK_CERTS_MAX = 10_000;
export const DEVICES_PER_ACCOUNT_MAX = 16;
export const VOUCHERS_PER_CALL_MAX = 100;
export const OPERATOR_VOUCHERS_PER_CALL_MAX = 10_000;
export const VOUCHERS_PER_ENROLMENT_MAX = 10;
export const FEEDBACK_LETTERS_MAX = 8_000;
export const OPERATOR_PAGE_ROWS = 500;

/** Days that a message id is remembered; the chain of a grant and the day rule refuse what is older. */
export const SEEN_DAYS = 8n;
export const HANDSHAKE_DAYS = 60n;
export const BLOB_TOKEN_S = 900;
export const BLOB_BYTES_PER_DEVICE_DAY_MAX = 2 * 2 ** 30;
export const ROSTER_WAIT_MS = 2_000;

/** Seconds that a device certificate is valid for; it is renewed when a fifth of it is left. */
export const CERT_VALID_S = 400 * 86_400;
export const CERT_RENEW_BEFORE_S = 80 * 86_400;
/** A territory statement covers 31 days (PROTOCOL 4); the next one is made this many days before it ends. */
export const TERRITORY_DAYS = 31;
export const TERRITORY_RENEW_BEFORE_DAYS = 4;

/** Calls allowed in a burst, and a second, for each device or address. */
export const RATES = {
  /** Wrong vouchers of one address: 130 bits cannot be guessed, but nobody needs to try. */
  voucherGuess: { burst: 20, perS: 0.1 },
  /** Vouchers and enrolments of one address, right ones included. */
  enrolment: { burst: 2_000, perS: 20 },
  message: { burst: MESSAGES_PER_DEVICE_BURST, perS: MESSAGES_PER_DEVICE_PER_S },
  handshake: { burst: 200, perS: 5 },
  takeKeyPackages: { burst: 600, perS: 2 },
  find: { burst: 300, perS: 2 },
  ask: { burst: 2_000, perS: 50 },
  typing: { burst: 20, perS: 2 },
  report: { burst: 200, perS: 1 },
  feedback: { burst: 10, perS: 0.01 },
} as const;
export type RateName = keyof typeof RATES;
/** Buckets kept in memory; the oldest go first, which only ever forgives. */
export const RATE_BUCKETS_MAX = 200_000;
