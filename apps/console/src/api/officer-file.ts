/** An officer's key file as `countersign up` hands it out: `{name, id, seed, organisation, roles}`, byte strings in hex. */
import { fromHex } from '@countersign/bytes';
import { ApiError } from './api-error.ts';

export interface OfficerKey {
  readonly name: string;
  readonly id: Uint8Array;
  /** Stays in the memory of this page and is never stored. */
  readonly seed: Uint8Array;
  /** The agency, hex. */
  readonly organisation: string;
}

const ID_BYTES = 16;
const SEED_BYTES = 32;

/** `input.malformed` for anything else. */
export function parseOfficerFile(text: string): OfficerKey {
  const fields = fieldsOf(text);
  const { name, organisation } = fields;
  if (typeof name !== 'string' || typeof organisation !== 'string') throw new ApiError('input.malformed');
  return { name, organisation, id: bytesOf(fields.id, ID_BYTES), seed: bytesOf(fields.seed, SEED_BYTES) };
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json === 'object' && json !== null) return json as Record<string, unknown>;
  } catch (cause) {
    throw new ApiError('input.malformed', { cause });
  }
  throw new ApiError('input.malformed');
}

function bytesOf(value: unknown, length: number): Uint8Array {
  if (typeof value !== 'string' || !/^[0-9a-f]+$/.test(value) || value.length !== 2 * length)
    throw new ApiError('input.malformed');
  return fromHex(value);
}
