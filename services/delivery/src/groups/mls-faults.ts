/** The codes of this service for what the MLS port refuses (contracts/errors.json, PROTOCOL 18.3). */
import { Ac1Error } from '@countersign/bytes';
import { MlsError } from '@countersign/mls';
import { AppError } from '@countersign/wire';

/** Runs `work`; an MlsError becomes a refusal that names `field`. */
export async function refusingMls<T>(field: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MlsError) throw refusalOf(error, field);
    throw error;
  }
}

function refusalOf(error: MlsError, field: string): Ac1Error | AppError {
  switch (error.code) {
    case 'credential_refused':
    case 'identity_mismatch':
      return new Ac1Error('cert.invalid', {}, { cause: error });
    case 'epoch_passed':
      return new AppError('input.epoch_taken', undefined, { cause: error });
    case 'too_large':
      return new AppError('limit.group_members', undefined, { cause: error });
    default:
      return new AppError('input.malformed', `${field}: ${error.code}`, { cause: error });
  }
}
