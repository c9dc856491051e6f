/** Vector ops of PROTOCOL 11.2 and 11.3: commitments, openings, the rules of entries, and the gate's own decisions. */
import { decode, fromHex, toHex } from '@countersign/bytes';
import { labelledHash } from '@countersign/crypto';
import {
  type Actor,
  annexCodec,
  commit,
  decodeOrder,
  type EntrySubject,
  encodeSecretPayload,
  logEntryCodec,
  orderHash,
  verifyDayOver,
  verifyEntry,
  verifyMaxGrants,
  verifyOpening,
  verifyOrderCase,
} from '@countersign/custody';
import { entryHash } from '@countersign/tlog';
import type { CaseFields, Ops } from '../op.ts';
import { parseLimits, parseOfficers } from './order-fields.ts';

export const logOps: Ops = {
  commit(input) {
    const payload = encodeSecretPayload(input.type, fromHex(input.body));
    return { payload: toHex(payload), commitment: toHex(commit(fromHex(input.salt), payload)) };
  },
  opening_verify(input) {
    const bytes = fromHex(input.entry);
    const secret = { salt: fromHex(input.salt), payload: fromHex(input.payload) };
    const { body } = verifyOpening(bytes, fromHex(input.pub), secret);
    return { body: toHex(body), leaf_hash: toHex(entryHash(bytes)) };
  },
  entry_check(input) {
    const entry = decode(logEntryCodec, fromHex(input.entry));
    const actor: Actor = { kind: input.actor.kind, key: fromHex(input.actor.pub), roles: input.actor.roles };
    verifyEntry(entry, actor, parseSubject(input.x), input.now, input.skew_s);
    return {};
  },
  gate,
};

function parseSubject(x: CaseFields): EntrySubject {
  return {
    orderId: fromHex(x.order_id),
    slot: fromHex(x.slot),
    openedHandle: fromHex(x.opened_handle),
    noticeBy: BigInt(x.notice_by),
    ofOrder: x.of_order === 1,
    ...(x.body_by === undefined ? {} : { bodyBy: fromHex(x.body_by) }),
    ...(x.opened_actor === undefined ? {} : { openedActor: fromHex(x.opened_actor) }),
    ...(x.order_actor === undefined ? {} : { orderActor: fromHex(x.order_actor) }),
  };
}

function gate(input: CaseFields): CaseFields {
  const order = decodeOrder(fromHex(input.order));
  const found = {
    order,
    orderHash: orderHash(order),
    hour: input.order_hour,
    summaryHash: labelledHash('AC1 object', fromHex(input.summary)),
    authorisations: input.authorisations.map((item: CaseFields) => ({ bytes: fromHex(item.bytes), hour: item.hour })),
    revoked: input.revoked,
    reviewed: input.reviewed,
    lapsed: input.lapsed.map((bytes: string) => decodeOrder(fromHex(bytes))),
  };
  verifyOrderCase(found, {
    networkId: fromHex(input.network_id),
    limits: parseLimits(input.limits),
    annex: decode(annexCodec, fromHex(input.annex)),
    officers: parseOfficers(input.officers),
    skewS: input.skew_s,
    now: input.now,
  });
  for (const grant of input.grants) verifyDayOver(order, grant.day, input.now, input.skew_s);
  const earlier = input.earlier.map((request: CaseFields) => ({
    organisationId: fromHex(request.organisation_id),
    grantIds: request.grant_ids.map(fromHex),
  }));
  const grantIds = input.grants.map((grant: CaseFields) => fromHex(grant.grant_id));
  return { grants: verifyMaxGrants(order, grantIds, earlier) };
}
