/** Precision, recall and F1 of one class, from counts. */

export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** How many there were to find. */
  readonly n: number;
}

/** Counts of many classes at once, by name. */
export class Tally {
  readonly #counts = new Map<string, { hit: number; false: number; missed: number }>();

  /** `expected` and `found` of one item; what stands twice counts twice. */
  add(expected: readonly string[], found: readonly string[], className: (name: string) => string = (name) => name): void {
    const left = [...expected];
    for (const name of found) {
      const at = left.indexOf(name);
      if (at === -1) this.#count(className(name)).false += 1;
      else {
        this.#count(className(name)).hit += 1;
        left.splice(at, 1);
      }
    }
    for (const name of left) this.#count(className(name)).missed += 1;
  }

  score(name: string): Score {
    const { hit, false: wrong, missed } = this.#counts.get(name) ?? { hit: 0, false: 0, missed: 0 };
    // Nothing to find and nothing found is no error.
    const precision = hit + wrong === 0 ? (missed === 0 ? 1 : 0) : hit / (hit + wrong);
    const recall = hit + missed === 0 ? 1 : hit / (hit + missed);
    const f1 = hit === 0 ? (wrong + missed === 0 ? 1 : 0) : (2 * precision * recall) / (precision + recall);
    return { precision: round(precision), recall: round(recall), f1: round(f1), n: hit + missed };
  }

  scores(names: readonly string[]): Readonly<Record<string, Score>> {
    return Object.fromEntries(names.map((name) => [name, this.score(name)]));
  }

  #count(name: string): { hit: number; false: number; missed: number } {
    const known = this.#counts.get(name);
    if (known !== undefined) return known;
    const made = { hit: 0, false: 0, missed: 0 };
    this.#counts.set(name, made);
    return made;
  }
}

export function round(figure: number): number {
  return Math.round(figure * 10_000) / 10_000;
}
