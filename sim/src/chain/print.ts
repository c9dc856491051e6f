/** What a person reads of the chain: short sections, coloured on a terminal. */

import { type Check, isHeld } from './checks.ts';
import type { Talk } from './talk.ts';

const TALKS_SHOWN_MAX = 8;
const LINES_SHOWN_MAX = 6;
const TEXT_CHARS_MAX = 60;
const NAME_COLUMNS = 10;
const CODE_COLUMNS = 24;

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Colour = keyof typeof COLOURS;

export class Printer {
  readonly #write: (line: string) => void;
  readonly #isColoured: boolean;

  constructor(write: (line: string) => void, isColoured: boolean) {
    this.#write = write;
    this.#isColoured = isColoured;
  }

  section(title: string): void {
    this.#write('');
    this.#write(this.#paint('bold', title));
  }

  line(text: string): void {
    this.#write(`  ${text}`);
  }

  /** The code, what was tried, and who judged it. */
  check(check: Check): void {
    const { by, what, found, expected, detail } = check;
    const facts = Object.entries(detail).map(([key, value]) => `${key} ${value}`);
    const mark = isHeld(check) ? this.#paint('green', '✓') : this.#paint('red', '✗');
    const code = this.#paint(isHeld(check) ? 'yellow' : 'red', found.padEnd(CODE_COLUMNS));
    const wanted = isHeld(check) ? '' : this.#paint('red', `, but expected ${expected}`);
    this.line(`${mark} ${code} ${what}${wanted} ${this.#paint('dim', `[${[by, ...facts].join('; ')}]`)}`);
  }

  /** What members typed and read, beside all that the relay saw of it. */
  talks(talks: readonly Talk[]): void {
    for (const { id, seats, lines } of talks.slice(0, TALKS_SHOWN_MAX)) {
      const names = seats.map(({ device }) => device.name).join(', ');
      this.line(`${this.#paint('bold', id)} ${this.#paint('dim', `(${names})`)}`);
      for (const { from, text, envelopeBytes, mlsBytes } of lines.slice(0, LINES_SHOWN_MAX)) {
        const seen = this.#paint('dim', `relay sees ${envelopeBytes} + ${mlsBytes} bytes`);
        this.line(`  ${from.padEnd(NAME_COLUMNS)} ${shorten(text)}  ${seen}`);
      }
      if (lines.length > LINES_SHOWN_MAX) this.line(`  and ${lines.length - LINES_SHOWN_MAX} more lines`);
    }
    if (talks.length > TALKS_SHOWN_MAX) this.line(`and ${talks.length - TALKS_SHOWN_MAX} more conversations`);
  }

  verdict(checks: readonly Check[], tookMs: number): void {
    const failed = checks.filter((check) => !isHeld(check)).length;
    const text =
      failed === 0 ? `${checks.length} expectations, all held` : `${failed} of ${checks.length} expectations did not hold`;
    this.#write('');
    this.#write(`${this.#paint(failed === 0 ? 'green' : 'red', text)}, ${Math.round(tookMs)} ms`);
  }

  #paint(colour: Colour, text: string): string {
    return this.#isColoured ? `\u001b[${COLOURS[colour]}m${text}\u001b[0m` : text;
  }
}

export function shorten(text: string): string {
  const flat = [...text.replace(/[\p{Cc}\s]+/gu, ' ')];
  return flat.length <= TEXT_CHARS_MAX ? flat.join('') : `${flat.slice(0, TEXT_CHARS_MAX - 1).join('')}…`;
}
