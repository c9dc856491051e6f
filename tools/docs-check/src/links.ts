/** Every relative link leads to a file or folder of the checkout, and its `#part` to a heading there. */
import { posix } from 'node:path';
import { type Documents, lineAt, withoutFences } from './documents.ts';

/** `[text](target "title")`, images, and `[name]: target` definitions. */
const LINK =
  /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s*<?(\S+?)>?\s*$|<(?:img|a)\b[^>]*\b(?:src|href)="([^"]+)"/gm;

export function* checkLinks(documents: Documents): Iterable<string> {
  for (const [path, full] of documents.texts) {
    const text = withoutFences(full).replace(/`[^`\n]*`/g, (span) => ' '.repeat(span.length));
    for (const match of text.matchAll(LINK)) {
      const link = match[1] ?? match[2] ?? match[3] ?? '';
      const problem = problemOf(link, path, documents);
      if (problem !== null) yield `${path}:${lineAt(text, match.index)} ${link}: ${problem}`;
    }
  }
}

function problemOf(link: string, from: string, documents: Documents): string | null {
  if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(link)) return null;
  const [target = '', part] = decodeURI(link).split('#');
  if (target.startsWith('/')) return 'a path from the root works on one host only: write it relative';
  const path = target === '' ? from : posix.join(posix.dirname(from), target).replace(/\/$/, '');
  if (!documents.paths.has(path)) return 'no such file or folder';
  const text = documents.texts.get(path);
  if (part === undefined || text === undefined) return null;
  return anchorsOf(text).has(part) ? null : 'no such heading';
}

/** The anchors that code hosts make of headings: lower case, punctuation dropped, spaces to hyphens, `-1` for the second of a name. */
function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of withoutFences(text).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const base = plain.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-');
    let anchor = base;
    for (let count = 1; anchors.has(anchor); count++) anchor = `${base}-${count}`;
    anchors.add(anchor);
  }
  for (const [, id = ''] of text.matchAll(/<a\s+(?:id|name)="([^"]+)"/g)) anchors.add(id);
  return anchors;
}
