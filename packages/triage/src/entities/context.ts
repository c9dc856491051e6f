/** What the finders of entities read: the text, its words, and the places where the lexicon's words stand. */
import type { Hit } from '../pack/matcher.ts';
import type { Word } from '../text/words.ts';
import type { Entity, EntityType } from './entity.ts';

export interface EntityContext {
  readonly text: string;
  readonly words: readonly Word[];
  readonly hits: readonly Hit[];
  readonly language: string;
}

/** By first word the last word of the longest hit of these concepts. */
export function spansOf(context: EntityContext, ...concepts: readonly string[]): ReadonlyMap<number, number> {
  const spans = new Map<number, number>();
  for (const { term, first, last } of context.hits) {
    if (concepts.includes(term.concept)) spans.set(first, Math.max(last, spans.get(first) ?? -1));
  }
  return spans;
}

export function entityOfWords(context: EntityContext, type: EntityType, first: number, last: number): Entity {
  const start = context.words[first]?.start ?? 0;
  const end = context.words[last]?.end ?? start;
  return { type, text: context.text.slice(start, end), start, end };
}

export function entityAt(text: string, type: EntityType, start: number, end: number, checked?: boolean): Entity {
  return { type, text: text.slice(start, end), start, end, ...(checked === undefined ? {} : { checked }) };
}
