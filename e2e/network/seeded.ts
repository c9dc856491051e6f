/** Randomness that a failed run can be repeated with: mulberry32 over a printed seed. */

export interface Seeded {
  pick<T>(choices: readonly T[]): T;
  shuffle<T>(items: readonly T[]): T[];
}

export function seededRandom(seed: number): Seeded {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(next() * choices.length)] as T;
  return {
    pick,
    shuffle<T>(items: readonly T[]): T[] {
      const left = [...items];
      const drawn: T[] = [];
      while (left.length > 0) drawn.push(...left.splice(left.indexOf(pick(left)), 1));
      return drawn;
    },
  };
}
