/** Where the words of a query stand in a text, whatever the case and the marks. */

export interface Piece {
  readonly text: string;
  readonly isHit: boolean;
}

const WORDS_MAX = 16;

/** The text in pieces; their texts joined are the text. */
export function highlight(text: string, query: string): Piece[] {
  const words = query
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, WORDS_MAX)
    .map(fold);
  if (words.length === 0) return [{ text, isHit: false }];
  const letters = [...text];
  const hits = hitLetters(letters.map(fold), words);
  const pieces: Piece[] = [];
  let from = 0;
  for (let i = 1; i <= letters.length; i++) {
    if (i < letters.length && hits[i] === hits[from]) continue;
    pieces.push({ text: letters.slice(from, i).join(''), isHit: hits[from] === true });
    from = i;
  }
  return pieces;
}

/** One flag a letter. Folding can lengthen or empty a letter (ß, combining marks), so places are counted letter by letter. */
function hitLetters(folded: readonly string[], words: readonly string[]): boolean[] {
  const starts: number[] = [];
  let joined = '';
  for (const letter of folded) {
    starts.push(joined.length);
    joined += letter;
  }
  const hits = folded.map(() => false);
  for (const word of words) {
    for (let at = joined.indexOf(word); at !== -1; at = joined.indexOf(word, at + word.length)) {
      folded.forEach((letter, i) => {
        const start = starts[i] as number;
        if (start < at + word.length && start + letter.length > at) hits[i] = true;
      });
    }
  }
  return hits;
}

/** Latin marks are dropped; other scripts keep theirs, where they carry meaning. */
function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase();
}
