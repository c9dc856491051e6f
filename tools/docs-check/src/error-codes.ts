/** The closed list of error codes and PROTOCOL.md agree: each code is explained, and each explained code exists. */
import { lineAt } from './documents.ts';

/** A code as documents write it: in backticks. */
const CODE = /`([a-z][a-z0-9_]*\.[a-z][a-z0-9_]*)`/g;

/** `text` is PROTOCOL.md, `codes` the list that the code throws. */
export function* checkErrorCodes(text: string, codes: readonly string[]): Iterable<string> {
  const written = new Map([...text.matchAll(CODE)].map((match) => [match[1] ?? '', lineAt(text, match.index)]));
  for (const code of codes) if (!written.has(code)) yield `PROTOCOL.md:1 ${code}: thrown, but not explained`;
  const domains = new Set(codes.map((code) => code.split('.')[0]));
  for (const [code, line] of written) {
    const isCodeLike = domains.has(code.split('.')[0]) && !/\.(ts|md|json|proto)$/.test(code);
    if (isCodeLike && !codes.includes(code)) yield `PROTOCOL.md:${line} ${code}: explained, but not in the closed list`;
  }
}
