/** Ops of the threshold key: PROTOCOL 2, 3, 8 and 13. */
import { decode, encode, fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  ceremonyContext,
  ceremonyOpenCodec,
  combine,
  createPartial,
  createRound1,
  createRound2,
  type DleqContext,
  dleqContextCodec,
  encodePoint33,
  encodePoint65,
  evaluatePolynomial,
  finishCeremony,
  GBAR,
  hashRound1,
  hashToScalar,
  openRound2,
  parsePoint,
  parsePoint33,
  parseRound1,
  type ScalarTag,
  verifyDleq,
  verifyRound1,
  verifyShare,
} from '@countersign/threshold';
import type { CaseFields, Ops } from '../op.ts';

export const thresholdOps: Ops = {
  gbar: () => ({ point: toHex(encodePoint65(GBAR)) }),
  hash_to_scalar: ({ tag, msg }) => ({ scalar: toHex(hashToScalar(tag as ScalarTag, fromHex(msg))) }),
  point_decode: ({ bytes }) => ({ point: toHex(encodePoint65(parsePoint(fromHex(bytes)))) }),

  partial({ share, enc, context, rnd }) {
    const secret = fromHex(share);
    const fields = dleqContext(context);
    const { D, c, z } = createPartial(secret, fromHex(enc), fields, () => fromHex(rnd));
    const Yi = encodePoint33(parsePoint(crypto.p256PublicKey(secret)));
    return { context: toHex(encode(dleqContextCodec, fields)), Yi: toHex(Yi), D: toHex(D), c: toHex(c), z: toHex(z) };
  },
  dleq_verify({ Yi, enc, D, c, z, context }) {
    const statement = { context: dleqContext(context), Yi: fromHex(Yi), enc: fromHex(enc) };
    verifyDleq(statement, { D: fromHex(D), c: fromHex(c), z: fromHex(z) });
    return {};
  },
  combine({ t, n, scope, enc, k_commit, Y, parts }) {
    const target = { t, n, scope: fromHex(scope), enc: fromHex(enc), kCommit: fromHex(k_commit), Y: fromHex(Y) };
    const decoded = parts.map((part: CaseFields) => ({ index: part.index, D: fromHex(part.D) }));
    return { K: toHex(combine(target, decoded)) };
  },

  round1_make({ open, i, coefficients, rnd, seed }) {
    const ctx = ceremonyContext(ceremonyOpen(open));
    const round1 = createRound1(ctx, i, coefficients.map(fromHex), () => fromHex(rnd), fromHex(seed));
    return { ctx: toHex(ctx), round1: toHex(round1), hash: toHex(hashRound1(round1)) };
  },
  round1_verify({ open, i, round1, hash, old }) {
    const key = old && { Yi: old.Yi.map(fromHex), sigKeys: old.sig_keys.map(fromHex) };
    verifyRound1(ceremonyOpen(open), i, fromHex(round1), fromHex(hash), key ?? null);
    return {};
  },
  share_make: ({ coefficients, j }) => ({ share: toHex(evaluatePolynomial(coefficients.map(fromHex), j)) }),
  share_verify({ commits, j, share }) {
    verifyShare(points(commits), j, fromHex(share));
    return {};
  },
  round2_seal({ open, i, j, share, ikm_e, seed }) {
    const opened = ceremonyOpen(open);
    const route = { ctx: ceremonyContext(opened), i, j };
    const hpkeKey = opened.members[j - 1]?.hpkeKey as Uint8Array;
    return { round2: toHex(createRound2(route, fromHex(share), hpkeKey, () => fromHex(ikm_e), fromHex(seed))) };
  },
  round2_open({ open, i, j, round2, pub, sk, commits }) {
    const route = { ctx: ceremonyContext(ceremonyOpen(open)), i, j };
    return { share: toHex(openRound2(route, fromHex(round2), fromHex(pub), fromHex(sk), points(commits))) };
  },
  ceremony_finish({ open, round1, j, shares, old_Y }) {
    const opened = ceremonyOpen(open);
    const round1s = round1.map((bytes: string) => parseRound1(opened, fromHex(bytes)));
    const received = { j, shares: shares.map(fromHex) };
    const { x, Y, Yi, transcriptHash } = finishCeremony(opened, round1s, old_Y ? fromHex(old_Y) : null, received);
    return { x: toHex(x as Uint8Array), Y: toHex(Y), Yi: Yi.map(toHex), transcript_hash: toHex(transcriptHash) };
  },
};

function ceremonyOpen(hex: string) {
  return decode(ceremonyOpenCodec, fromHex(hex));
}

function points(commits: readonly string[]) {
  return commits.map((commit) => parsePoint33(fromHex(commit)));
}

function dleqContext(fields: CaseFields): DleqContext {
  return {
    orderHash: fromHex(fields.order_hash),
    grantId: fromHex(fields.grant_id),
    agencyId: fromHex(fields.agency_id),
    index: fields.index,
    shareGen: fields.share_gen,
  };
}
