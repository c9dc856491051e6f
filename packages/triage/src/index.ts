/** Layer 2: what a message is about. Rules first; everything pure. */
export {
  type ConversationState,
  type ConversationVerdict,
  judgeConversation,
  NEW_CONVERSATION,
  WINDOW_MESSAGES_MAX,
} from './conversation.ts';
export { ENTITY_TYPES, type Entity, type EntityType } from './entities/entity.ts';
export { BUILT_IN_PACK } from './pack/built-in.ts';
export { PackError, type PackErrorCode } from './pack/error.ts';
export type { Evidence, Firing } from './pack/judge.ts';
export type { Rule, RulePack } from './pack/pack.ts';
export { type PackFiles, parseRulePack } from './pack/parse-pack.ts';
export { fold } from './text/fold.ts';
export { type Language, languageOf } from './text/language.ts';
export { type Script, scriptOf } from './text/script.ts';
export { stem } from './text/stem.ts';
export { type TextTokens, tokensOf } from './text/tokens.ts';
export { consonantKey, latinSpellings } from './text/transliterate.ts';
export { type ThreatLevel, type Triage, Triager } from './triage.ts';
