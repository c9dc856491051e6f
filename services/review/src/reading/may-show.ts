/** mayShow: the one function that decides whether an officer is shown a message (ARCHITECTURE, what must never happen; PROTOCOL 12, "whenever it reads"). */

import {
  type AuthorizationAnswer,
  type CedarValueJson,
  type CheckParseAnswer,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs';
import { toHex } from '@countersign/bytes';
import { type AgencyId, type OfficerId, type Order, OrderMode, type Territory } from '@countersign/custody';
import { READING_POLICY, READING_SCHEMA } from './policy.cedar.ts';

const POLICY_NAME = 'countersign-reading';
/** Decisions that are remembered within one batch; facts and not messages are their key. */
const DECISIONS_MAX = 10_000;

export type ShowAction = 'display' | 'search' | 'export';

export interface ShowingOfficer {
  readonly officerId: OfficerId;
  readonly agencyId: AgencyId;
  /** He holds role 4 now and is not revoked. */
  readonly mayRead: boolean;
}

/** What is read for: by whom, under which order, for which agency and purpose. */
export interface ShowCase {
  readonly officer: ShowingOfficer;
  readonly order: Order;
  /** CheckOrder and CountAuthorisations hold now. */
  readonly isInForce: boolean;
  readonly agencyId: AgencyId;
  readonly purpose: number;
}

export interface MessageFacts {
  /** Its key is held under the order. */
  readonly isReleased: boolean;
  readonly recvMs: bigint;
  /** Of the sending device on the scope's day. */
  readonly territories: ReadonlySet<Territory>;
}

/** Decides for the messages of one batch; facts may change before the next, so it is thrown away then. */
export class ShowDecisions {
  readonly #decisions = new Map<string, boolean>();

  mayShow(action: ShowAction, found: ShowCase, message: MessageFacts): boolean {
    const { order } = found;
    const isEarly = order.mode === OrderMode.live && message.recvMs < 1000n * order.notBefore;
    const key = `${action} ${message.isReleased} ${isEarly} ${[...message.territories].sort().join()}`;
    const known = this.#decisions.get(key);
    if (known !== undefined) return known;
    const decision = decide(action, found, message);
    if (this.#decisions.size < DECISIONS_MAX) this.#decisions.set(key, decision);
    return decision;
  }
}

function decide(action: ShowAction, found: ShowCase, message: MessageFacts): boolean {
  prepareReadingPolicy();
  const { officer, order, isInForce, agencyId, purpose } = found;
  const reader = order.readers.find((row) => toHex(row.agencyId) === toHex(agencyId));
  const principal = { type: 'Officer', id: toHex(officer.officerId) };
  const resource = { type: 'Message', id: 'shown' };
  const context: Record<string, CedarValueJson> = {
    agency: toHex(agencyId),
    purpose,
    order: {
      inForce: isInForce,
      live: order.mode === OrderMode.live,
      notBeforeMs: Number(1000n * order.notBefore),
      readers: order.readers.map((row) => toHex(row.agencyId)),
      purposes: reader?.purposes ?? [],
      excludedTerritories: [...order.excludedTerritories, ...(reader?.excludedTerritories ?? [])],
    },
  };
  const answer = statefulIsAuthorized({
    principal,
    action: { type: 'Action', id: action },
    resource,
    context,
    preparsedPolicySetId: POLICY_NAME,
    preparsedSchemaName: POLICY_NAME,
    validateRequest: true,
    entities: [
      { uid: principal, attrs: { agency: toHex(officer.agencyId), mayRead: officer.mayRead }, parents: [] },
      {
        uid: resource,
        attrs: { released: message.isReleased, recvMs: Number(message.recvMs), territories: [...message.territories] },
        parents: [],
      },
    ],
  });
  return isAllowed(answer);
}

/** A policy that could not be evaluated allows nothing, and is a bug. */
function isAllowed(answer: AuthorizationAnswer): boolean {
  if (answer.type === 'failure') throw new Error(`the reading policy: ${answer.errors[0]?.message}`);
  const [fault] = answer.response.diagnostics.errors;
  if (fault !== undefined) throw new Error(`the reading policy: ${fault.error.message}`);
  return answer.response.decision === 'allow';
}

let isPrepared = false;

/** Parses policy and schema once a process: a third of a second that no reader should wait for. */
export function prepareReadingPolicy(): void {
  if (isPrepared) return;
  throwUnless(preparseSchema(POLICY_NAME, READING_SCHEMA));
  throwUnless(preparsePolicySet(POLICY_NAME, { staticPolicies: READING_POLICY }));
  isPrepared = true;
}

function throwUnless(answer: CheckParseAnswer): void {
  if (answer.type === 'failure') throw new Error(`the reading policy: ${answer.errors[0]?.message}`);
}
