/** The application's own error: its codes are the closed list of contracts/errors.json (AC1 objects have theirs in packages/bytes). */
import { APP_CODES, type AppCode } from './gen/errors.ts';

export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: AppCode;
  /** Milliseconds after which to try again; 0: do not. */
  readonly retryAfterMs: number;

  /** `hint` names the field or limit at fault; it holds no user data. */
  constructor(code: AppCode, hint?: string, options: ErrorOptions & { readonly retryAfterMs?: number } = {}) {
    super(hint === undefined ? APP_CODES[code].meaning : `${APP_CODES[code].meaning} (${hint})`, options);
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? (APP_CODES[code].retry ? 1000 : 0);
  }
}

export function isAppCode(text: string): text is AppCode {
  return Object.hasOwn(APP_CODES, text);
}
