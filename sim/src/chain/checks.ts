/** What the chain expects, and what it found: every refusal with the code of PROTOCOL 18 that it must have. */
import { Ac1Error } from '@countersign/bytes';

export interface Check {
  readonly what: string;
  /** Who judged. */
  readonly by: string;
  /** An error code, or `ok`. */
  readonly expected: string;
  readonly found: string;
  /** What the error names: a custodian's index, for example. */
  readonly detail: Readonly<Record<string, string>>;
}

export class Checks {
  readonly all: Check[] = [];

  get haveHeld(): boolean {
    return this.all.length > 0 && this.all.every(isHeld);
  }

  /** Refused with `code`; any error but our own ends the chain. */
  async refused(by: string, what: string, code: string, act: () => unknown): Promise<Check> {
    const { found, detail } = await outcomeOf(act);
    return this.#add({ by, what, expected: code, found, detail });
  }

  /** The same asked of several, who must all refuse alike. */
  async refusedByAll(by: string, what: string, code: string, acts: readonly (() => unknown)[]): Promise<Check> {
    const outcomes: Pick<Check, 'found' | 'detail'>[] = [];
    for (const act of acts) outcomes.push(await outcomeOf(act));
    const found = [...new Set(outcomes.map((outcome) => outcome.found))].join(', ');
    return this.#add({ by, what, expected: code, found, detail: {} });
  }

  holds(by: string, what: string, condition: boolean): Check {
    return this.#add({ by, what, expected: 'ok', found: condition ? 'ok' : 'not so', detail: {} });
  }

  #add(check: Check): Check {
    this.all.push(check);
    return check;
  }
}

export function isHeld({ expected, found }: Check): boolean {
  return expected === found;
}

async function outcomeOf(act: () => unknown): Promise<Pick<Check, 'found' | 'detail'>> {
  try {
    await act();
    return { found: 'ok', detail: {} };
  } catch (error) {
    if (!(error instanceof Ac1Error)) throw error;
    const detail = Object.fromEntries(Object.entries(error.detail).map(([key, value]) => [key, String(value)]));
    return { found: error.code, detail };
  }
}
