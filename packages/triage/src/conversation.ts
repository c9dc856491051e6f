/** A conversation judged over a window of its messages: what one line veils, the lines around it say. State in, state out. */
import { type Evidence, type Firing, judge } from './pack/judge.ts';
import type { RulePack } from './pack/pack.ts';
import { type ThreatLevel, type Triage, verdictOf } from './triage.ts';

/** What is remembered of a conversation. Plain data: it can be stored as JSON. */
export interface ConversationState {
  /** Evidence and firings of the latest messages, oldest first. */
  readonly recent: readonly { readonly evidence: readonly Evidence[]; readonly firings: readonly Firing[] }[];
  /** Categories raised so far, so that a category alerts once. */
  readonly raised: readonly string[];
}

export interface ConversationVerdict {
  readonly state: ConversationState;
  /** Raised by this message, alone or with those before it. */
  readonly newlyRaised: readonly string[];
  /** In the window, this message included. */
  readonly categories: readonly string[];
  readonly threatLevel: ThreatLevel;
  readonly firings: readonly Firing[];
}

export const WINDOW_MESSAGES_MAX = 12;
const EVIDENCE_PER_MESSAGE_MAX = 200;

export const NEW_CONVERSATION: ConversationState = { recent: [], raised: [] };

/** `triage` is of the message that follows those of `state`. */
export function judgeConversation(pack: RulePack, state: ConversationState, triage: Triage): ConversationVerdict {
  const current = { evidence: triage.evidence.slice(0, EVIDENCE_PER_MESSAGE_MAX), firings: triage.firings };
  const recent = [...state.recent, current].slice(-WINDOW_MESSAGES_MAX);
  const firings = [...recent.flatMap((message) => message.firings), ...windowFirings(pack, recent)];
  const { categories, threatLevel } = verdictOf(pack, firings);
  const newlyRaised = categories.filter((category) => !state.raised.includes(category));
  return { state: { recent, raised: [...state.raised, ...newlyRaised] }, newlyRaised, categories, threatLevel, firings };
}

/** Each window rule reads as many of the latest messages as it asks for. */
function windowFirings(pack: RulePack, recent: ConversationState['recent']): readonly Firing[] {
  const sizes = new Set(pack.rules.map(({ window }) => window).filter((window) => window > 1));
  return [...sizes].flatMap((size) => {
    const evidence = recent.slice(-size).flatMap((message, at) => message.evidence.map((item) => ({ ...item, message: at })));
    const rules = pack.rules.filter(({ window }) => window === size);
    return judge({ ...pack, rules }, evidence, true);
  });
}
