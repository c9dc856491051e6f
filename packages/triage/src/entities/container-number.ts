/** Freight containers: owner, category, serial number and check digit (ISO 6346). */
import { entityAt } from './context.ts';
import type { Entity } from './entity.ts';

const CONTAINER = /(?<![A-Z0-9])([A-Z]{3}[UJZ])[ -]?(\d{3})[ -]?(\d{3})[ /-]?\[?(\d)\]?(?!\d)/g;

export function findContainerNumbers(text: string): readonly Entity[] {
  return [...text.matchAll(CONTAINER)].map((match) => {
    const [whole, owner = '', one = '', two = '', digit] = match;
    return entityAt(
      text,
      'container_no',
      match.index,
      match.index + whole.length,
      checkDigit(owner + one + two) === Number(digit),
    );
  });
}

/** ISO 6346 annex A: letters count from 10 and skip multiples of 11, each place weighs a power of two, the sum modulo 11. */
function checkDigit(code: string): number {
  let sum = 0;
  for (let at = 0; at < code.length; at += 1) {
    const character = code.charCodeAt(at);
    const letter = character - 65;
    const value = letter < 0 ? character - 48 : letter + 10 + Math.floor((letter + 9) / 10);
    sum += value * 2 ** at;
  }
  return (sum % 11) % 10;
}
