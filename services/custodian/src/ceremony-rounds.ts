/** The rounds of a ceremony as this custodian takes them: messages in, the next state, the answer and the log's entries out (PROTOCOL 13). */
import { type Ac1Code, concat, decode, encode, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { CarriedMessage, HashesAnswer, OpenAnswer, Round1Answer, Round2Answer } from '@countersign/service';
import {
  type CeremonyMessage,
  type CeremonyState,
  type CeremonyStep,
  type Complaint,
  ceremonyOpenCodec,
  complaintCodec,
  REASON_SHARE,
  receiveMessage,
  startCeremony,
} from '@countersign/threshold';
import { AppError } from '@countersign/wire';
import { bytesIn, messagesIn } from './ceremony-input.ts';
import { type SeatContext, takeSeat } from './seat.ts';
import type { CeremonyUnderWay } from './secrets.ts';

type Body = Readonly<Record<string, unknown>>;

export interface RoundResult {
  readonly changes: Partial<CeremonyUnderWay>;
  readonly answer: unknown;
  /** Bodies of type 3 entries. */
  readonly publish: readonly Uint8Array[];
}

/** The first byte of a type 3 entry's payload (PROTOCOL 11.2). */
const Part = { open: 1, hash: 2, round1: 3, complaint: 4 } as const;

/** Joins: CeremonyOpen in, the hash of the own Round1 out. */
export function takeOpen(body: Body, context: SeatContext, random: Random): RoundResult {
  if (context.ceremony.state !== null) throw new AppError('frame.unexpected', 'open');
  const open = bytesIn(body, 'open');
  const oldCustodyKey = body.old_custody_key === undefined ? null : bytesIn(body, 'old_custody_key');
  const setup = takeSeat(decode(ceremonyOpenCodec, open), oldCustodyKey, context);
  const { state, send } = startCeremony(setup, random);
  const hash = carried(send, 'hash');
  const answer: OpenAnswer = { hash };
  const publish = send.length === 0 ? [] : [part(Part.open, open), ...send.map(({ bytes }) => part(Part.hash, bytes))];
  return { changes: { open, oldCustodyKey, state }, answer, publish };
}

/** All hashes in, the own Round1 out. */
export function takeHashes(body: Body, ceremony: CeremonyUnderWay, random: Random): RoundResult {
  const before = inPhase(ceremony, 'hashes');
  const { state, send } = receive(before, messagesIn(body, 'hashes', 'hash', null), random);
  ensureMoved(state, 'hashes');
  const answer: HashesAnswer = { round1: carried(send, 'round1') };
  return result(
    state,
    answer,
    send.flatMap((message) => (message.kind === 'round1' ? [part(Part.round1, message.bytes)] : [])),
  );
}

/** All Round1s in, the shares for the others out. */
export function takeRound1s(body: Body, ceremony: CeremonyUnderWay, random: Random): RoundResult {
  const before = inPhase(ceremony, 'round1');
  const { state, send } = receive(before, messagesIn(body, 'round1s', 'round1', null), random);
  ensureMoved(state, 'round1');
  const round2s = send.flatMap((message) =>
    message.kind === 'round2' ? [{ from: message.from, to: message.to, bytes: toHex(message.bytes) }] : [],
  );
  const answer: Round1Answer = { round2s };
  return result(state, answer, []);
}

/** All shares in, the outcome out; whoever receives none has it already. */
export function takeRound2s(body: Body, ceremony: CeremonyUnderWay, random: Random): RoundResult {
  const before = ceremony.state;
  if (before === null || (before.phase !== 'shares' && before.phase !== 'finished'))
    throw new AppError('frame.unexpected', 'round2');
  const to = before.phase === 'shares' ? (before.setup.receiver?.index ?? null) : null;
  const { state } = receive(before, messagesIn(body, 'round2s', 'round2', to), random);
  ensureMoved(state, 'shares');
  if (state.phase !== 'finished') return result(state, null, []);
  const { Y, Yi, transcriptHash } = state.outcome;
  const answer: Round2Answer = { Y: toHex(Y), Yi: Yi.map(toHex), transcript_hash: toHex(transcriptHash) };
  return result(state, answer, []);
}

/** What the people are told of a ceremony that was aborted. */
export function codeOf({ reason }: Complaint): Ac1Code {
  return reason === REASON_SHARE ? 'ceremony.share_invalid' : 'ceremony.round1_invalid';
}

/** A state that was aborted answers nothing and publishes its complaint. */
function result(state: CeremonyState, answer: unknown, publish: readonly Uint8Array[]): RoundResult {
  if (state.phase !== 'aborted') return { changes: { state }, answer, publish };
  return {
    changes: { state },
    answer: null,
    publish: [...publish, part(Part.complaint, encode(complaintCodec, state.complaint))],
  };
}

function receive(before: CeremonyState, messages: readonly CeremonyMessage[], random: Random): CeremonyStep {
  let step: CeremonyStep = { state: before, send: [] };
  for (const message of messages) {
    const next = receiveMessage(step.state, message, random);
    step = { state: next.state, send: [...step.send, ...next.send] };
  }
  return step;
}

function inPhase({ state }: CeremonyUnderWay, phase: 'hashes' | 'round1'): CeremonyState {
  if (state?.phase !== phase) throw new AppError('frame.unexpected', phase);
  return state;
}

/** A round is carried whole: with messages missing nothing is kept, and the step can be repeated. */
function ensureMoved(state: CeremonyState, phase: string): void {
  if (state.phase === phase) throw new AppError('input.malformed', `messages missing in ${phase}`);
}

function carried(send: readonly CeremonyMessage[], kind: CeremonyMessage['kind']): CarriedMessage | null {
  const message = send.find((item) => item.kind === kind);
  return message === undefined ? null : { from: message.from, bytes: toHex(message.bytes) };
}

function part(number: number, body: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(number), body);
}
