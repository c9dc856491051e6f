/**
 * One release: the request in the log under a witnessed checkpoint, its openings with whoever must be able to open it, all custodians at
 * once, and the first t sound answers (PROTOCOL 11.3; 12, "a reader takes a release").
 */
import { encode } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  EntryType,
  keyId,
  OfficerKeyAlg,
  type Order,
  type ReleaseRequest,
  Role,
  releaseRequestCodec,
} from '@countersign/custody';
import { type AppendedEntry, type LogMirror, type OpeningRecipient, postOpenings } from '@countersign/service';
import { AppError } from '@countersign/wire';
import type { KnownScope } from '../intake/scope.ts';
import type { Ledger } from '../log/ledger.ts';
import type { OrderInForce } from '../orders/order-book.ts';
import { callCustodian, encodeReleaseCall } from './custodian-calls.ts';
import type { RequestStore } from './requests.ts';
import { type CollectedKey, ShareCollector } from './share-collector.ts';

/** For the log and its witnesses. */
const LOGGED_MAX_MS = 30_000;
/** Between two turns of the event loop: a combination takes some milliseconds. */
const GRANTS_PER_TURN = 4;

export interface ReleaseParts {
  readonly mirror: LogMirror;
  readonly ledger: Ledger;
  readonly requests: RequestStore;
  readonly logUrl: string;
  readonly custodianUrls: readonly string[];
  readonly hpkeSecret: Uint8Array;
  readonly random: Random;
}

export interface ReleaseOutcome {
  /** Scopes whose key did not come. */
  readonly missing: readonly KnownScope[];
  /** Why, one for each custodian that refused or could not be reached. */
  readonly codes: readonly string[];
  /** Grants that lead custodians to another key than they commit to. */
  readonly falseGrants: readonly KnownScope[];
  /** Custodians whose share was wrong: `release.dleq_invalid`. */
  readonly faulty: readonly number[];
}

/** The request's entry: appended now, or found as it was appended before a restart; openings are posted again without harm. */
export async function logRequest(
  request: ReleaseRequest,
  order: OrderInForce,
  scopes: readonly KnownScope[],
  parts: ReleaseParts,
  signal: AbortSignal,
): Promise<AppendedEntry> {
  const { ledger, requests, mirror, logUrl, random } = parts;
  const { orderId } = order.order;
  const body = encode(releaseRequestCodec, request);
  const type = EntryType.releaseRequest;
  const earlier = await ledger.entryOf(orderId, type, body);
  const entry = earlier ?? (await ledger.append(orderId, { type, noticeBy: order.notifyBy, isUrgent: true, body: () => body }));
  await requests.setIndex(request, entry.index);
  const limit = AbortSignal.any([signal, AbortSignal.timeout(LOGGED_MAX_MS)]);
  const recipients = [...mirror.directory.openingRecipients(), ...otherGateways(order.order, mirror)];
  await postOpenings(logUrl, [entry], recipients, random, limit);
  // Role 3 tells the senders of these grants (PROTOCOL 12): it needs to know who they are.
  await postOpenings(logUrl, scopes.map(grantEntryOf), oversight(mirror), random, limit);
  await mirror.waitForSize(Number(entry.index) + 1, limit);
  mirror.directory.addSecret(entry.index, entry);
  return entry;
}

function grantEntryOf({ shown }: KnownScope): AppendedEntry {
  const { grantEntry } = shown;
  if (grantEntry === undefined) throw new AppError('frame.malformed', 'entry of a grant');
  return grantEntry;
}

function oversight({ directory }: LogMirror): OpeningRecipient[] {
  const authorities = directory.profile.authorities.filter(({ roles }) => roles.includes(Role.oversight));
  return authorities.map(({ key, hpkeKey }) => ({ keyId: keyId(key), hpkeKey }));
}

/** The order's other readers: whoever proves to a court what was done under an order shows all requests of it (PROTOCOL 14). */
function otherGateways(order: Order, { directory }: LogMirror): OpeningRecipient[] {
  return order.readers.flatMap(({ agencyId }) =>
    directory.readersOf(agencyId).flatMap(({ key }) => {
      if (key.alg !== OfficerKeyAlg.reader) return [];
      return [{ keyId: keyId(key.key.sigKey), hpkeKey: key.key.hpkeKey }];
    }),
  );
}

/** Asks all custodians once; `take` is given each key as soon as it is there. */
export async function askCustodians(
  request: ReleaseRequest,
  entry: AppendedEntry,
  order: OrderInForce,
  scopes: readonly KnownScope[],
  parts: ReleaseParts,
  take: (order: Order, key: CollectedKey) => Promise<void>,
  signal: AbortSignal,
): Promise<ReleaseOutcome> {
  const { mirror, custodianUrls, hpkeSecret, requests } = parts;
  const { agencyId } = request;
  const collector = new ShareCollector(scopes, {
    orderHash: order.orderHash,
    agencyId,
    requestIndex: entry.index,
    hpkeSecret,
    custodyKeyOf: (id) => mirror.directory.custodyKey(id),
  });
  const call = encodeReleaseCall(mirror, order, entry, scopes);
  const codes: string[] = [];
  const done = new AbortController();
  const limit = AbortSignal.any([signal, done.signal]);
  let turn: Promise<void> = Promise.resolve();
  const asking = custodianUrls.map(async (url) => {
    const reply = await callCustodian(url, call, limit);
    if (reply.code !== '') codes.push(reply.code);
    else await requests.storeReleaseEntry(order.order.orderId, reply.releaseIndex, reply.releaseSalt, reply.releases);
    const taken = turn.then(() => takeReply(collector, reply.releases, order.order, take));
    turn = taken.catch(() => {});
    await taken;
    // The rest are not needed: they have answered the log all the same.
    if (collector.missing.length === 0) done.abort();
  });
  await Promise.all(asking);
  return { missing: collector.missing, codes, falseGrants: collector.falseGrants, faulty: [...collector.faulty.keys()] };
}

async function takeReply(
  collector: ShareCollector,
  releases: readonly Uint8Array[],
  order: Order,
  take: (order: Order, key: CollectedKey) => Promise<void>,
): Promise<void> {
  if (collector.missing.length === 0) return;
  let grants = 0;
  for (const key of collector.take(releases)) {
    if (key !== null) await take(order, key);
    grants += 1;
    if (grants % GRANTS_PER_TURN === 0) await new Promise((resume) => setImmediate(resume));
  }
}
