/** The fields of a request's JSON; what has another form is `input.malformed` with the field's name. */
import { ConfigError, Fields } from '@countersign/service';
import { AppError } from '@countersign/wire';

export function readBody<T>(body: unknown, read: (fields: Fields) => T): T {
  try {
    return read(new Fields(body));
  } catch (error) {
    if (error instanceof ConfigError) throw new AppError('input.malformed', error.field, { cause: error });
    throw error;
  }
}
