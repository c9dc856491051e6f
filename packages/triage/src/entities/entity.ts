/** A thing named in a message, with its place in the text. */

export const ENTITY_TYPES = [
  'money',
  'quantity',
  'date',
  'time',
  'phone',
  'place',
  'vehicle_plate',
  'crypto_address',
  'container_no',
  'email',
  'person_alias',
] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

export interface Entity {
  readonly type: EntityType;
  readonly text: string;
  /** Offsets in UTF-16 units; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** False where the kind has a check digit or checksum and it does not hold: mistyped, shortened or invented. */
  readonly checked?: boolean;
}
