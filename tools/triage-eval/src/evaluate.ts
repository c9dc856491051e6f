/** The three measurements of triage: against labels, on ordinary talk, and over conversations. */
import { ENTITY_TYPES, judgeConversation, NEW_CONVERSATION, type Triager } from '@countersign/triage';
import type { ConversationRow, LabelledRow, PlainRow } from './rows.ts';
import { round, type Score, Tally } from './score.ts';

export interface LabelledResult {
  readonly n: number;
  readonly labels: Readonly<Record<string, Score>>;
  readonly threat_levels: Readonly<Record<string, Score>>;
  /** The mean over the pack's categories, without `none`. */
  readonly macro_f1: number;
  /** An entity is found if type and text agree, case apart. */
  readonly entities: Readonly<Record<string, Score>>;
}

export function evaluateLabelled(triager: Triager, rows: readonly LabelledRow[]): LabelledResult {
  const labels = new Tally();
  const levels = new Tally();
  const entities = new Tally();
  const { categories } = triager.pack;
  for (const row of rows) {
    const triage = triager.triage(row.text);
    labels.add(orNone(row.labels), orNone(triage.categories));
    levels.add([row.threat_level], [triage.threatLevel]);
    entities.add(row.entities.map(entityKey), triage.entities.map(entityKey), (key) => key.slice(0, key.indexOf(':')));
  }
  const ofCategories = categories.map((category) => labels.score(category).f1);
  return {
    n: rows.length,
    labels: labels.scores([...categories, 'none']),
    threat_levels: levels.scores(['none', 'possible', 'imminent']),
    macro_f1: round(ofCategories.reduce((sum, f1) => sum + f1, 0) / ofCategories.length),
    entities: entities.scores(ENTITY_TYPES),
  };
}

function orNone(labels: readonly string[]): readonly string[] {
  return labels.length === 0 ? ['none'] : labels;
}

function entityKey({ type, text }: { readonly type: string; readonly text: string }): string {
  return `${type}:${text.trim().toLowerCase()}`;
}

export interface UnlabelledResult {
  readonly n: number;
  /** Messages that raise a threat to life. */
  readonly alerts: number;
  readonly alerts_per_1000: number;
  /** Messages that raise any category. */
  readonly flagged: number;
  readonly flagged_per_1000: number;
  readonly by_category: Readonly<Record<string, number>>;
  readonly msgs_per_s: number;
}

/** `nowMs` is a clock that only runs forward. */
export function evaluateUnlabelled(triager: Triager, rows: readonly PlainRow[], nowMs: () => number): UnlabelledResult {
  const { categories, threatCategory } = triager.pack;
  const counts = new Map<string, number>(categories.map((category) => [category, 0]));
  let flagged = 0;
  const started = nowMs();
  for (const { text } of rows) {
    const raised = triager.triage(text).categories;
    if (raised.length > 0) flagged += 1;
    for (const category of raised) counts.set(category, (counts.get(category) ?? 0) + 1);
  }
  const seconds = (nowMs() - started) / 1000;
  const alerts = counts.get(threatCategory) ?? 0;
  const perThousand = (count: number) => (rows.length === 0 ? 0 : round((count * 1000) / rows.length));
  return {
    n: rows.length,
    alerts,
    alerts_per_1000: perThousand(alerts),
    flagged,
    flagged_per_1000: perThousand(flagged),
    by_category: Object.fromEntries(counts),
    msgs_per_s: seconds === 0 ? 0 : Math.round(rows.length / seconds),
  };
}

export interface ConversationsResult {
  readonly n: number;
  readonly recall: number;
  readonly precision: number;
  /** Over the conversations alerted rightly: messages after the labelled one. Below zero is early. Null if there are none. */
  readonly median_delay_messages: number | null;
}

export function evaluateConversations(triager: Triager, rows: readonly ConversationRow[]): ConversationsResult {
  const tally = new Tally();
  const delays: number[] = [];
  for (const row of rows) {
    const isPlot = row.labels.some((label) => label !== 'none');
    const alertedAt = firstAlert(triager, row);
    tally.add(isPlot ? ['alert'] : [], alertedAt === null ? [] : ['alert']);
    if (isPlot && alertedAt !== null && row.alert_index !== null) delays.push(alertedAt - row.alert_index);
  }
  const { precision, recall } = tally.score('alert');
  return { n: rows.length, recall, precision, median_delay_messages: median(delays) };
}

/** The index of the first message at which a category is raised in the window. */
function firstAlert(triager: Triager, { messages }: ConversationRow): number | null {
  let state = NEW_CONVERSATION;
  for (const [index, { text }] of messages.entries()) {
    const verdict = judgeConversation(triager.pack, state, triager.triage(text));
    if (verdict.categories.length > 0) return index;
    state = verdict.state;
  }
  return null;
}

function median(figures: readonly number[]): number | null {
  const sorted = [...figures].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const high = sorted[Math.floor(middle)];
  const low = sorted[Math.ceil(middle) - 1];
  return high === undefined || low === undefined ? null : (high + low) / 2;
}
