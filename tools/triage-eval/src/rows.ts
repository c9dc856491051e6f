/** The lines of the evaluation files: labelled messages, ordinary talk, and conversations. */

export interface LabelledRow {
  readonly text: string;
  /** Categories, or `none`. */
  readonly labels: readonly string[];
  readonly threat_level: string;
  readonly entities: readonly { readonly type: string; readonly text: string }[];
}

export interface PlainRow {
  readonly text: string;
}

export interface ConversationRow {
  readonly labels: readonly string[];
  /** The message at which a careful reader would first alert; null for an innocent conversation. */
  readonly alert_index: number | null;
  readonly messages: readonly { readonly text: string }[];
}

/** One JSON object a line; empty lines are passed over. @throws Error that names the line */
export function parseRows<T extends LabelledRow | PlainRow | ConversationRow>(
  jsonl: string,
  fields: readonly (keyof T & string)[],
): readonly T[] {
  return jsonl.split('\n').flatMap((line, at) => {
    if (line.trim() === '') return [];
    const row: unknown = JSON.parse(line);
    for (const field of fields) {
      if (typeof row !== 'object' || row === null || !(field in row)) throw new Error(`line ${at + 1} has no field ${field}`);
    }
    return [row as T];
  });
}
