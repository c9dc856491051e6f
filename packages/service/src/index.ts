/** Layer 3: what every service process shares. */
export {
  type EarlierEntries,
  EntryJudge,
  type EntrySource,
  type JudgedEntry,
  LogDirectory,
  type OpeningRecipient,
} from '@countersign/custody';
export { type AppendFile, openAppendFile } from './append-file.ts';
export {
  type CeremonyPlan,
  type CeremonyResult,
  type FinishedCustodyKey,
  runCeremony,
} from './ceremony-client.ts';
export type {
  CarriedMessage,
  CeremonyCustodian,
  CeremonyStepName,
  HashesAnswer,
  OpenAnswer,
  Round1Answer,
  Round2Answer,
} from './ceremony-party.ts';
export { ConfigError, Fields } from './config-fields.ts';
export { type CredentialScheme, credentialHeaders, readCredentials } from './credentials.ts';
export { readIfThere, replaceFile } from './durable-file.ts';
export { EntryStore } from './entry-store.ts';
export { createHttp, describeError, type HttpOptions, listen } from './http.ts';
export { type HeldCheckpoint, LogMirror, type LogMirrorOptions, type MirroredEntry } from './log-mirror.ts';
export {
  type FetchedOpenings,
  fetchOpenings,
  OPENINGS_BYTES_MAX,
  OPENINGS_PER_CALL_MAX,
  postOpenings,
} from './log-openings.ts';
export { APPENDS_PER_CALL_MAX, type AppendedEntry, type LogItem, LogWriter, type LogWriterOptions } from './log-writer.ts';
export { anchorPolicy, CHECKPOINT_MAX_AGE_S, type Listen, parseListen, parseNetwork, type TrustAnchor } from './network.ts';
export { NonceMemory } from './nonces.ts';
export { type ProcessPort, type Running, runService, type ServiceContext } from './process.ts';
export { RecordFile } from './record-file.ts';
