/** The one error of this port: what peers, relay or a stale state made impossible. A caller's own mistake is a RangeError or TypeError. */

/** Closed list; beside each code what the caller does about it. */
export type MlsErrorCode =
  /** Not the canonical bytes of an MLS message of this profile. Drop it; the sender or the channel is faulty. */
  | 'malformed'
  /** Above a limit of limits.ts. Drop it. */
  | 'too_large'
  /** The message names another group. Route it there. */
  | 'wrong_group'
  /** It belongs to an epoch that is still to come. Keep it and process the missing Commits first. */
  | 'epoch_ahead'
  /** A handshake of an epoch that has ended (a lost race or a duplicate), or a message of an epoch whose keys are erased. */
  | 'epoch_passed'
  /** It was sent before this device joined, which can never read it. Show nothing. */
  | 'before_join'
  /** This device is no longer a member. Only a new invitation helps. */
  | 'not_member'
  /** The sender's leaf holds no member in that epoch. Drop it and report the relay. */
  | 'sender_unknown'
  /** This message key was used before: a duplicate. Drop it. */
  | 'consumed'
  /** More than `GENERATIONS_AHEAD_MAX` messages of this sender are missing. Fetch them or resynchronise. */
  | 'generation_ahead'
  /** It does not authenticate: damaged or forged. Show a gap. */
  | 'undecryptable'
  /** A proposal or extension that PROTOCOL 5 does not permit. Refuse and report. */
  | 'proposal_forbidden'
  /** The Commit refers to a proposal that never arrived. Fetch it or resynchronise. */
  | 'proposal_missing'
  /** The Commit does not verify. Refuse; if the relay accepted it, resynchronise. */
  | 'commit_invalid'
  /** The authentication service refuses a credential. Refuse and report. */
  | 'credential_refused'
  /** A leaf changed its device or its key, or an external commit replaces the leaf of another device. Refuse and report. */
  | 'identity_mismatch'
  /** GroupInfo and what the handshake gives differ. Refuse. */
  | 'group_info_mismatch'
  /** A key package that does not verify or is outside its lifetime. Ask for another. */
  | 'key_package_invalid'
  /** The Welcome does not open with this key package or does not verify. */
  | 'welcome_invalid'
  /** An own Commit still waits for the relay's word. Wait, or process the Commit that won. */
  | 'commit_pending'
  /** Somebody asked to leave: a Commit must come before the next message. Commit, then retry. */
  | 'commit_first'
  /** The state was asked to leave the group and waits for somebody's Commit. */
  | 'leaving';

export class MlsError extends Error {
  override readonly name = 'MlsError';
  readonly code: MlsErrorCode;

  constructor(code: MlsErrorCode, options?: ErrorOptions) {
    super(code, options);
    this.code = code;
  }
}

/** Throws `code` unless `condition` holds: one line for each named step of a check. */
export function ensureMls(condition: boolean, code: MlsErrorCode): asserts condition {
  if (!condition) throw new MlsError(code);
}

/** Runs what reads an enemy's bytes: every exception becomes an MlsError, `code` unless a check inside named its own. */
export async function guarded<T>(code: MlsErrorCode, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw asMlsError(code, cause);
  }
}

export function guardedSync<T>(code: MlsErrorCode, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw asMlsError(code, cause);
  }
}

function asMlsError(code: MlsErrorCode, cause: unknown): MlsError {
  return cause instanceof MlsError ? cause : new MlsError(code, { cause });
}
