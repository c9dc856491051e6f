/** Finds the terms of a pack in a text in time that grows with the text only: atoms by hash, terms by their first atom. */
import { fold } from '../text/fold.ts';
import { withoutParticles } from '../text/stem.ts';
import { serbianToLatin } from '../text/transliterate.ts';
import type { Word } from '../text/words.ts';
import type { Atom, Term } from './term.ts';

/** A term at a place: indices of words, `last` inclusive. */
export interface Hit {
  readonly term: Term;
  readonly first: number;
  readonly last: number;
}

interface CompiledTerm {
  readonly term: Term;
  /** Ids of atoms; -1 is a gap. */
  readonly parts: readonly number[];
}
/** Which atoms a word is: `strict` with its marks as the term writes them, `loose` where the writer left marks out. */
interface AtomsOfWord {
  readonly strict: ReadonlySet<number>;
  readonly loose: ReadonlySet<number>;
}

const GAP_WORDS_MAX = 3;
const GAP_CHARACTERS_MAX = 6;
const CACHED_WORDS_MAX = 50_000;
const CACHED_LETTERS_MAX = 32;
/** A term this long, written with its marks, is believed in any text; a shorter one only where its language is plausible. */
const DISTINCTIVE_LETTERS_MIN = 6;
const DISTINCTIVE_LETTERS_OTHER_SCRIPT_MIN = 4;
const HITS_MAX = 4_000;

export class TermMatcher {
  readonly #byFirst = new Map<number, CompiledTerm[]>();
  readonly #exact = new Map<string, number[]>();
  readonly #begin = new Map<string, number[]>();
  readonly #inside = new Map<string, number[]>();
  readonly #atoms: Atom[] = [];
  readonly #cache = new Map<string, AtomsOfWord>();

  constructor(terms: readonly Term[]) {
    const ids = new Map<string, number>();
    for (const term of terms) {
      const parts = term.parts.map((atom) => (atom === null ? -1 : this.#intern(atom, ids)));
      push(this.#byFirst, parts[0] ?? -1, { term, parts });
    }
  }

  /** `plausible`: the languages the text may be in. Hits are in the order of their first word. */
  match(words: readonly Word[], plausible: ReadonlySet<string>): readonly Hit[] {
    const atoms = words.map((word) => this.#atomsOf(word));
    const hits: Hit[] = [];
    for (let at = 0; at < words.length && hits.length < HITS_MAX; at += 1) {
      const here = atoms[at];
      if (here === undefined) continue;
      for (const set of [here.strict, here.loose]) {
        for (const atom of set) {
          for (const compiled of this.#byFirst.get(atom) ?? []) {
            const end = finish(compiled.parts, 1, at + 1, atoms, words, plausible.has(compiled.term.language));
            if (end === -1) continue;
            if (set === here.loose && !plausible.has(compiled.term.language)) continue;
            if (isBelieved(compiled.term, plausible)) hits.push({ term: compiled.term, first: at, last: end - 1 });
          }
        }
      }
    }
    return hits;
  }

  /** Hits of one-word terms of the concept `function`, whatever language the text may be in: they are what tells. */
  functionWords(words: readonly Word[]): readonly Hit[] {
    return words.flatMap((word, at) => {
      const { strict } = this.#atomsOf(word);
      return [...strict].flatMap((atom) =>
        (this.#byFirst.get(atom) ?? [])
          .filter(({ term, parts }) => term.concept === 'function' && parts.length === 1)
          .map(({ term }) => ({ term, first: at, last: at })),
      );
    });
  }

  #intern(atom: Atom, ids: Map<string, number>): number {
    const key = `${atom.kind}\0${atom.raw}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = this.#atoms.push(atom) - 1;
    ids.set(key, id);
    if (atom.kind === 'exact') push(this.#exact, atom.folded, id);
    else if (atom.kind === 'begin') push(this.#begin, atom.folded.slice(0, 2), id);
    else push(this.#inside, atom.folded.slice(0, 3), id);
    return id;
  }

  #atomsOf(word: Word): AtomsOfWord {
    const cached = this.#cache.get(word.raw);
    if (cached !== undefined) return cached;
    const atoms = this.#findAtoms(word.raw);
    if (word.raw.length <= CACHED_LETTERS_MAX) {
      if (this.#cache.size >= CACHED_WORDS_MAX) this.#cache.clear();
      this.#cache.set(word.raw, atoms);
    }
    return atoms;
  }

  #findAtoms(raw: string): AtomsOfWord {
    const folded = fold(raw);
    const strict = new Set<number>();
    const loose = new Set<number>();
    const forms = [folded, ...withoutParticles(folded)];
    if (/\p{Script=Cyrillic}/u.test(folded)) forms.push(serbianToLatin(raw));
    const calm = folded.replace(/(.)\1{2,}/gu, '$1');
    if (calm !== folded) forms.push(calm);
    for (const form of forms) {
      const add = (id: number): void => {
        const atom = this.#atoms[id];
        if (atom === undefined) return;
        if (atom.raw === atom.folded || form !== folded) strict.add(id);
        else if (!/\p{Script=Latin}/u.test(atom.raw) || agrees(atom, raw)) strict.add(id);
        else if (raw === folded) loose.add(id);
      };
      for (const id of this.#exact.get(form) ?? []) add(id);
      for (const id of this.#begin.get(form.slice(0, 2)) ?? []) {
        if (form.startsWith(this.#atoms[id]?.folded ?? '\0')) add(id);
      }
      if (form.length > CACHED_LETTERS_MAX * 2) continue;
      for (let at = 0; at + 3 <= form.length; at += 1) {
        for (const id of this.#inside.get(form.slice(at, at + 3)) ?? []) {
          const atom = this.#atoms[id];
          if (atom === undefined || !form.startsWith(atom.folded, at)) continue;
          if (atom.kind === 'inside' || at + atom.folded.length === form.length) add(id);
        }
      }
    }
    return { strict, loose };
  }
}

/** The end (exclusive) of a term whose parts from `part` on stand from word `at` on, or -1. Gaps are short, so this ends soon. */
function finish(
  parts: readonly number[],
  part: number,
  at: number,
  atoms: readonly AtomsOfWord[],
  words: readonly Word[],
  looseToo: boolean,
): number {
  const wanted = parts[part];
  if (wanted === undefined) return at;
  if (wanted === -1) {
    const gapMax = words[at]?.kind === 'character' ? GAP_CHARACTERS_MAX : GAP_WORDS_MAX;
    for (let gap = 0; gap <= gapMax && at + gap < words.length; gap += 1) {
      const end = finish(parts, part + 1, at + gap, atoms, words, looseToo);
      if (end !== -1) return end;
    }
    return -1;
  }
  const here = atoms[at];
  if (here === undefined || !(here.strict.has(wanted) || (looseToo && here.loose.has(wanted)))) return -1;
  return finish(parts, part + 1, at + 1, atoms, words, looseToo);
}

/** Whether a word writes the marks of the atom's part of it. */
function agrees(atom: Atom, raw: string): boolean {
  if (atom.kind === 'exact') return raw === atom.raw;
  if (atom.kind === 'begin') return raw.startsWith(atom.raw);
  return atom.kind === 'end' ? raw.endsWith(atom.raw) : raw.includes(atom.raw);
}

function isBelieved(term: Term, plausible: ReadonlySet<string>): boolean {
  if (term.language === 'any' || plausible.has(term.language)) return true;
  const latin = /\p{Script=Latin}/u.test(term.written);
  return term.letters >= (latin ? DISTINCTIVE_LETTERS_MIN : DISTINCTIVE_LETTERS_OTHER_SCRIPT_MIN);
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
