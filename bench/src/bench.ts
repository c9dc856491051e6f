/** What a measured program is to `main.ts`. */

export interface BenchOptions {
  /** Shorter samples, for a first look: at most 45 seconds in all. */
  readonly quick: boolean;
}

/** Figures by name; the unit stands last in the name. */
export type Figures = Readonly<Record<string, number>>;

export type Bench = (options: BenchOptions) => Promise<Figures>;
