/** What the gateway says on stderr: codes and counts, never content, and no one's name (ARCHITECTURE, what must never happen). */

type Say = (fields: Readonly<Record<string, string | number | boolean | unknown>>, message: string) => void;

export interface Logger {
  readonly info: Say;
  readonly warn: Say;
  readonly error: Say;
}
