/** A rule pack: concepts with their words in many languages, and rules that say which concepts together mean what. */
import type { Term } from './term.ts';

export const STRENGTHS = ['firm', 'weak'] as const;
export type Strength = (typeof STRENGTHS)[number];

export interface RuleExample {
  readonly text: string;
  /** Whether the rule must fire. */
  readonly fires: boolean;
}

export interface Rule {
  /** `category.name`, unique in the pack. */
  readonly id: string;
  readonly category: string;
  /** One sentence for the reviewer: why this is shown. */
  readonly why: string;
  /** A firm rule raises its category; a weak one only together with another weak rule. */
  readonly strength: Strength;
  /** Each group needs a hit of one of its concepts, and no two groups use the same words. `entity:money` is an entity's type. */
  readonly all: readonly (readonly string[])[];
  /** Concepts that take the firing back. */
  readonly unless: readonly string[];
  /** Words between the first and the last of the hits; the whole message if null. */
  readonly within: number | null;
  /** Messages of a conversation that are read together; 1 is the message alone. */
  readonly window: number;
  /** Concepts that make a threat imminent. Empty for other categories. */
  readonly imminent: readonly string[];
  readonly examples: readonly RuleExample[];
}

export interface RulePack {
  readonly version: string;
  readonly categories: readonly string[];
  /** The category whose rules set a threat level. */
  readonly threatCategory: string;
  /** Concepts whose hits a negation in front of them cancels. */
  readonly negatable: ReadonlySet<string>;
  readonly rules: readonly Rule[];
  readonly terms: readonly Term[];
}
