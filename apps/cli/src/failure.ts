/** How a failure leaves the command: its exit code, its words for people and its JSON for programs. */
import { Ac1Error } from '@countersign/bytes';
import { AppError } from '@countersign/wire';

export const Exit = { ok: 0, failed: 1, usage: 2, refused: 3, waiting: 4 } as const;
export type ExitCode = (typeof Exit)[keyof typeof Exit];

/** The command was called wrongly: the message says how to call it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A failure of the command's own, with the exit code that it leaves with. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: string;
  readonly exit: ExitCode;

  constructor(code: string, message: string, exit: ExitCode = Exit.failed, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.exit = exit;
  }
}

export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly exit: ExitCode;
}

/** Codes that another approval would cure. */
const WAITING: ReadonlySet<string> = new Set(['order.not_authorised', 'policy.custodian_not_approved', 'voucher.more_needed']);
/** Domains in which a refusal is a decision about what is allowed, not a fault. */
const REFUSING = /^(policy|voucher|order|authorisation|request|session)\./;

export function describeFailure(error: unknown): Failure {
  if (error instanceof UsageError) return { code: 'usage', message: error.message, exit: Exit.usage };
  if (error instanceof CliError) return { code: error.code, message: error.message, exit: error.exit };
  if (error instanceof AppError || error instanceof Ac1Error)
    return { code: error.code, message: error.message, exit: exitOf(error.code) };
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'internal.unknown', message, exit: Exit.failed };
}

export function exitOf(code: string): ExitCode {
  if (WAITING.has(code)) return Exit.waiting;
  return REFUSING.test(code) ? Exit.refused : Exit.failed;
}
