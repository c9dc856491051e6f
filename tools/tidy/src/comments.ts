/** Comments of TypeScript found by pattern, which is enough for rules of style: a parser would see no more of what they ask. */

/** A block or line comment that begins a line or follows white space or an opening bracket; a `//` or `/*` inside a string seldom does. */
const COMMENT = /(^|[\s({[,;])(\/\*[\s\S]*?\*\/|\/\/[^\n]*)/g;

/** `text` with comments replaced by spaces; line breaks stay. */
export function blankComments(text: string): string {
  return text.replace(COMMENT, (_, before: string, comment: string) => before + comment.replace(/[^\n]/g, ' '));
}

/** The comment that opens the file, after a `#!` line; null if the file opens with code. */
export function firstComment(text: string): string | null {
  const [, comment] = /^(?:#![^\n]*\n)?(\/\*[\s\S]*?\*\/|(?:(?:\/\/|--|#)[^\n]*(?:\n|$))+)/.exec(text) ?? [];
  return comment ?? null;
}
