/** Vector ops of PROTOCOL sections 4, 8 (Release), 10, 11.2, 11.3 and 12: orders, who allows them, releases, entries and the gate. */
import { decode, encode, fromHex, toHex } from '@countersign/bytes';
import {
  checkOrder,
  countAuthorisations,
  createRelease,
  decodeAuthorisations,
  decodeOrder,
  deriveSummary,
  extensionCodec,
  openRelease,
  orderHash,
  orderSummaryCodec,
  releaseCodec,
  releaseHash,
  revocationCodec,
  revocationCounts,
  scopeCodec,
  verifyCovers,
  verifyExtension,
  verifyMayRead,
  verifySummary,
} from '@countersign/custody';
import type { CaseFields, Ops } from '../op.ts';
import { logOps } from './custody-log.ts';
import { objectOps } from './custody-objects.ts';
import { parseFields } from './object-fields.ts';
import { parseLimits, parseOfficers } from './order-fields.ts';

export const orderOps: Ops = {
  ...objectOps,
  ...logOps,
  order_decode: (input) => ({ order_hash: toHex(orderHash(decodeOrder(fromHex(input.order)))) }),
  covers,
  authorise,
  release_seal: releaseSeal,
  release_open: releaseOpen,
  summary_make(input) {
    const summary = deriveSummary(decodeOrder(fromHex(input.order)));
    return { summary: toHex(encode(orderSummaryCodec, summary)) };
  },
  summary_check(input) {
    verifySummary(fromHex(input.summary), decodeOrder(fromHex(input.order)));
    return {};
  },
  revocation_counts(input) {
    const order = decodeOrder(fromHex(input.order));
    const revocation = decode(revocationCodec, fromHex(input.bytes));
    const counts = revocationCounts(order, orderHash(order), revocation, parseOfficers(input.officers));
    return { counts: counts ? 1 : 0 };
  },
  extension_check(input) {
    const order = decodeOrder(fromHex(input.order));
    const extension = decode(extensionCodec, fromHex(input.bytes));
    const limits = parseLimits(input.limits);
    const notifyBy = verifyExtension(extension, order, order.notifyBy, limits, parseOfficers(input.officers));
    return { notify_by: notifyBy.toString() };
  },
};

function covers(input: CaseFields): CaseFields {
  const order = decodeOrder(fromHex(input.order));
  const scope = decode(scopeCodec, fromHex(input.scope));
  checkOrder(order, {
    networkId: fromHex(input.network_id),
    limits: parseLimits(input.limits),
    now: input.now,
    revoked: input.revoked,
    reviewed: input.reviewed,
  });
  const members = input.roster.map((member: CaseFields) => ({
    leafIndex: member.leaf,
    deviceId: fromHex(member.device),
    accountId: fromHex(member.account),
  }));
  const territories = new Set<string>(input.territories);
  verifyCovers(order, scope, { members }, territories);
  verifyMayRead(order, fromHex(input.agency_id), input.purpose, territories);
  return {};
}

function authorise(input: CaseFields): CaseFields {
  const order = decodeOrder(fromHex(input.order));
  const items = decodeAuthorisations(input.authorisations.map(fromHex));
  countAuthorisations(order, orderHash(order), items, parseOfficers(input.officers));
  return {};
}

function releaseSeal(input: CaseFields): CaseFields {
  const { context, share } = parseFields({ context: input.context, share: input.share });
  const to = { requestIndex: BigInt(input.request_index), context, readerHpkeKey: fromHex(input.reader_hpke_key) };
  const release = createRelease(to, share, fromHex(input.seed), () => fromHex(input.ikm_e));
  return {
    hpke_enc: toHex(release.hpkeEnc),
    sealed: toHex(release.sealed),
    release: toHex(encode(releaseCodec, release)),
    release_hash: toHex(releaseHash(release)),
  };
}

function releaseOpen(input: CaseFields): CaseFields {
  const expected = parseFields(input.expected) as Parameters<typeof openRelease>[2];
  const opened = openRelease(fromHex(input.release), input.custodians.map(fromHex), expected, fromHex(input.sk));
  return {
    index: opened.release.context.index,
    request_index: opened.release.requestIndex.toString(),
    D: toHex(opened.share.D),
    c: toHex(opened.share.c),
    z: toHex(opened.share.z),
  };
}
