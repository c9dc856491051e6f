/** What a verb answers: JSON for programs, a text for people. */
import type { Cli } from './cli.ts';

export interface Output {
  readonly isJson: boolean;
  /** One result. A program gets `value` as one line of JSON, a person `text`. */
  result(value: object, text: string): void;
  /** What is good to know beside the result, on stderr. */
  note(text: string): void;
}

export function createOutput(cli: Cli, isJsonAsked: boolean): Output {
  const isJson = isJsonAsked || !cli.isTerminal;
  return {
    isJson,
    result: (value, text) => cli.print(isJson ? JSON.stringify(value) : text),
    note: (text) => cli.say(text),
  };
}
