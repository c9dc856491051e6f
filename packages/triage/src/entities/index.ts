/** All entities of a text. Where two claim the same words, the more certain kind has them. */

import { findAmounts } from './amounts.ts';
import { findContacts } from './contact.ts';
import { findContainerNumbers } from './container-number.ts';
import type { EntityContext } from './context.ts';
import { findCryptoAddresses } from './crypto-address.ts';
import type { Entity } from './entity.ts';
import { findNames } from './names.ts';
import { findWhen } from './when.ts';

/** In the order of the text, without overlaps. */
export function findEntities(context: EntityContext): readonly Entity[] {
  const candidates = [
    ...findContainerNumbers(context.text),
    ...findCryptoAddresses(context.text),
    ...findContacts(context),
    ...findWhen(context),
    ...findAmounts(context),
    ...findNames(context),
  ];
  const kept: Entity[] = [];
  for (const entity of candidates) {
    const overlaps = kept.filter((other) => other.start < entity.end && entity.start < other.end);
    if (overlaps.length === 0) kept.push(entity);
    else if (overlaps.every((other) => other.type === entity.type && length(other) < length(entity))) {
      for (const other of overlaps) kept.splice(kept.indexOf(other), 1);
      kept.push(entity);
    }
  }
  return kept.sort((a, b) => a.start - b.start);
}

function length({ start, end }: Entity): number {
  return end - start;
}
