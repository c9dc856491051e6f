/** What a call does with the enemy's input: 'ok', or the code of our own error; anything else that is thrown goes on and fails the test. */
import { Ac1Error } from '@countersign/bytes';

export function codeOf(run: () => unknown): string {
  try {
    run();
    return 'ok';
  } catch (error) {
    if (error instanceof Ac1Error) return error.code;
    throw error;
  }
}
