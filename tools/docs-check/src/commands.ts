/** Every `npm run X`, `npm test` and `npm start` that a document tells the reader to type is a script of the root. */
import { type Documents, lineAt } from './documents.ts';

const COMMAND = /\bnpm (?:run ([\w:-]+)|(test|start)\b)/g;

export function* checkCommands({ texts, scripts }: Documents): Iterable<string> {
  for (const [path, text] of texts) {
    for (const match of text.matchAll(COMMAND)) {
      const script = match[1] ?? match[2] ?? '';
      if (!scripts.has(script)) yield `${path}:${lineAt(text, match.index)} ${match[0]}: package.json has no such script`;
    }
  }
}
