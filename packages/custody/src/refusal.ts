/** Turns a verification that throws into a question, where a failing object is passed over instead of refused. */
import { type Ac1Code, Ac1Error } from '@countersign/bytes';

/** The code that `verify` refuses with, or null; an error that is not ours is a bug and goes on. */
export function refusalOf(verify: () => unknown): Ac1Code | null {
  try {
    verify();
    return null;
  } catch (error) {
    if (error instanceof Ac1Error) return error.code;
    throw error;
  }
}

/** What `parse` returns, or null where it refuses. */
export function acceptedOrNull<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Ac1Error) return null;
    throw error;
  }
}
