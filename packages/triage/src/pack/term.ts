/**
 * A term of a lexicon as it is written: words divided by spaces, of which each is exact, `begin*`, `*end` or `*inside*`, and
 * `_` for up to three words (six characters in scripts without spaces) that may stand between.
 */
import { fold, lowerCase } from '../text/fold.ts';
import { wordsOf } from '../text/words.ts';

export type AtomKind = 'exact' | 'begin' | 'end' | 'inside';

/** One word of a term. */
export interface Atom {
  readonly kind: AtomKind;
  readonly folded: string;
  /** Lower case with its marks: a text that writes marks must write these. */
  readonly raw: string;
}

export interface Term {
  readonly concept: string;
  readonly language: string;
  readonly written: string;
  /** null is a gap. The first and last are atoms. */
  readonly parts: readonly (Atom | null)[];
  /** Letters of all atoms: short terms count only in a text of their language. */
  readonly letters: number;
}

const TERM_PARTS_MAX = 12;

/** Null if `written` is no term: empty, too long, or with a star or gap where none may stand. */
export function parseTerm(concept: string, language: string, written: string): Term | null {
  const parts: (Atom | null)[] = [];
  for (const piece of written.trim().split(/\s+/)) {
    if (piece === '_') {
      if (parts.length === 0 || parts.at(-1) === null) return null;
      parts.push(null);
      continue;
    }
    const [, before, inner, after] = /^(\*?)([^*]+)(\*?)$/.exec(piece) ?? [];
    if (inner === undefined) return null;
    const kind = before === '*' ? (after === '*' ? 'inside' : 'end') : after === '*' ? 'begin' : 'exact';
    const words = wordsOf(inner);
    if (words.length === 0 || (kind !== 'exact' && words.length !== 1 && words.some((word) => word.kind !== 'character')))
      return null;
    for (const { raw } of words) {
      parts.push({ kind: words.length > 1 ? 'exact' : kind, folded: fold(raw), raw: lowerCase(raw) });
    }
  }
  if (parts.length === 0 || parts.length > TERM_PARTS_MAX * 2 || parts.at(-1) === null) return null;
  const letters = parts.reduce((sum, part) => sum + (part?.folded.length ?? 0), 0);
  return { concept, language, written: written.trim(), parts, letters };
}
