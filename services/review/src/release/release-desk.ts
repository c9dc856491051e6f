/**
 * ReleaseDesk: which scopes of which order are asked for, in batches, until their keys are there or refused (ARCHITECTURE,
 * seams). Live orders are asked for by the gateway itself; of retrospective ones it carries the requests that officers signed.
 */
import { Ac1Error, encode, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  type AgencyId,
  createReceipt,
  createReleaseRequest,
  EntryType,
  type Hash,
  type Order,
  type OrderId,
  OrderMode,
  type ReleaseRequest,
  receiptCodec,
  refusalOf,
  verifyDayOver,
  verifyRequester,
} from '@countersign/custody';
import { AppError } from '@countersign/wire';
import type { Archive } from '../archive/archive.ts';
import type { KnownScope } from '../intake/scope.ts';
import { waitMs } from '../log/territory-openings.ts';
import type { Logger } from '../logger.ts';
import type { Orders } from '../orders/orders.ts';
import { keyOf, type SealedMail } from '../store/sealed-mail.ts';
import { Lanes } from './lanes.ts';
import { nextStep } from './refusals.ts';
import { askCustodians, logRequest, type ReleaseParts } from './release-run.ts';
import { GRANTS_PER_REQUEST_MAX } from './requests.ts';
import { type Route, routeScope } from './route.ts';
import type { CollectedKey } from './share-collector.ts';

/** Scopes that come within this time are asked for together. */
const BATCH_MS = 20;
/** Of one order: a request that waits for custodians' people keeps back its own order only. */
const REQUESTS_AT_ONCE_MAX = 4;
const RETRY_FIRST_MS = 250;
const RETRY_MAX_MS = 5_000;
const LATER_MS = 1_000;
const LATER_MAX = 100_000;
const PAGE_MAX = 500;
const FIRST_ID: Hash = new Uint8Array(32);

export interface DeskParts extends ReleaseParts {
  readonly orders: Orders;
  readonly archive: Archive;
  readonly mail: SealedMail;
  readonly scopeOf: (grantId: Hash) => Promise<KnownScope | null>;
  readonly agencies: readonly AgencyId[];
  /** Id of the gateway's certificate for an agency, or null where it has none. */
  readonly gatewayOf: (agencyId: AgencyId) => Uint8Array | null;
  readonly sigSeed: Uint8Array;
  readonly now: () => number;
  readonly nowMs: () => number;
  readonly random: Random;
  readonly log: Logger;
}

interface Batch {
  readonly agencyId: AgencyId;
  readonly purpose: number;
  readonly scopes: KnownScope[];
  isDue: boolean;
}

/** One order's work. */
interface Docket {
  readonly order: Order;
  /** By grant: asked for, held, or refused to everybody. */
  readonly taken: Set<string>;
  readonly refused: Map<string, Set<string>>;
  /** A territory or opening is missing. */
  readonly later: Map<string, KnownScope>;
  /** By agency and purpose: closed after BATCH_MS, or later, when a request of the order has ended. */
  readonly open: Map<string, Batch>;
  isStopped: boolean;
}

export class ReleaseDesk {
  readonly #parts: DeskParts;
  readonly #dockets = new Map<string, Docket>();
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #lanes = new Lanes(REQUESTS_AT_ONCE_MAX, (orderId) => this.#slotFree(orderId));

  constructor(parts: DeskParts) {
    this.#parts = parts;
  }

  /** Goes on with the requests that a restart interrupted; the orders' own scopes come with `begin`. */
  async resume(): Promise<void> {
    for (const { orderId, request } of await this.#parts.requests.unsettled()) {
      const docket = this.#dockets.get(keyOf(orderId));
      for (const grantId of request.grantIds) docket?.taken.add(keyOf(grantId));
      this.#lanes.add(orderId, () => this.#guarded(() => this.#carry(orderId, request)));
    }
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#lanes.stop();
    await Promise.allSettled([...this.#running, this.#lanes.settled()]);
  }

  /** An order is in force: of a live one, every stored scope of its days is considered. */
  async begin(order: Order): Promise<void> {
    const { archive, requests } = this.#parts;
    const refused = new Map<string, Set<string>>();
    for (const { grantId, agencyId } of await requests.refusals(order.orderId)) {
      const agencies = refused.get(keyOf(grantId)) ?? new Set();
      refused.set(keyOf(grantId), agencies.add(toHex(agencyId)));
    }
    const taken = new Set((await archive.grantsOf(order.orderId)).map(keyOf));
    const docket: Docket = { order, taken, refused, later: new Map(), open: new Map(), isStopped: false };
    this.#dockets.set(keyOf(order.orderId), docket);
    for (const { orderId, request } of await requests.unsettled()) {
      if (keyOf(orderId) === keyOf(order.orderId)) for (const id of request.grantIds) taken.add(keyOf(id));
    }
    if (order.mode === OrderMode.live) this.#track(this.#sweep(docket));
  }

  end(orderId: OrderId): void {
    const docket = this.#dockets.get(keyOf(orderId));
    if (docket !== undefined) docket.isStopped = true;
    this.#dockets.delete(keyOf(orderId));
  }

  /** A scope that was not known before. */
  consider(scope: KnownScope): void {
    for (const docket of this.#dockets.values()) if (docket.order.mode === OrderMode.live) this.#place(docket, scope);
  }

  /** Of a retrospective order: the grants that an officer may ask for now, with the agency and purpose that they are routed to. */
  async eligible(orderId: OrderId, agencyId: AgencyId, limit: number): Promise<{ grantIds: Hash[]; purpose: number | null }> {
    const docket = this.#dockets.get(keyOf(orderId));
    if (docket === undefined) throw new AppError('policy.no_order');
    const grantIds: Hash[] = [];
    let purpose: number | null = null;
    for await (const scope of this.#scopesOf(docket)) {
      if (docket.taken.has(keyOf(scope.grantId))) continue;
      const skewS = this.#parts.mirror.directory.profile.skewS;
      if (refusalOf(() => verifyDayOver(docket.order, scope.grant.scope.day, this.#parts.now(), skewS)) !== null) continue;
      const route = this.#route(docket, scope, [agencyId]);
      if (route.kind !== 'ask' || (purpose !== null && route.purpose !== purpose)) continue;
      purpose = route.purpose;
      grantIds.push(scope.grantId);
      if (grantIds.length >= Math.min(limit, GRANTS_PER_REQUEST_MAX)) break;
    }
    return { grantIds, purpose };
  }

  /** A request that an officer signed: custodians judge it, we judge who asks (PROTOCOL 11.3, "who asks"). */
  async submit(orderId: OrderId, request: ReleaseRequest): Promise<void> {
    const { orders, mirror, requests, now, nowMs } = this.#parts;
    const { order, orderHash } = orders.inForce(orderId);
    verifyRequester(request, order, orderHash, mirror.directory.officers, now());
    await requests.add(orderId, request, nowMs());
    for (const grantId of request.grantIds) this.#dockets.get(keyOf(orderId))?.taken.add(keyOf(grantId));
    this.#lanes.add(orderId, () => this.#guarded(() => this.#carry(orderId, request)));
  }

  /** For a console: how many scopes of an order wait for their key. */
  waiting(orderId: OrderId): { readonly later: number; readonly asked: number } {
    const docket = this.#dockets.get(keyOf(orderId));
    return { later: docket?.later.size ?? 0, asked: docket?.taken.size ?? 0 };
  }

  async #sweep(docket: Docket): Promise<void> {
    for await (const scope of this.#scopesOf(docket)) this.#place(docket, scope);
    // What waits for a statement or an opening is tried again until the order ends.
    while (!docket.isStopped && !this.#ending.signal.aborted) {
      await waitMs(LATER_MS, this.#ending.signal);
      for (const scope of [...docket.later.values()]) {
        docket.later.delete(keyOf(scope.grantId));
        this.#place(docket, scope);
      }
    }
  }

  async *#scopesOf({ order }: Docket): AsyncGenerator<KnownScope> {
    let after = FIRST_ID;
    for (;;) {
      const page = await this.#parts.mail.grantsOfDays(order.dayFrom, order.dayTo, after, PAGE_MAX);
      for (const grantId of page) {
        const scope = await this.#parts.scopeOf(grantId);
        if (scope !== null) yield scope;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE_MAX) return;
      after = last;
    }
  }

  #place(docket: Docket, scope: KnownScope): void {
    const key = keyOf(scope.grantId);
    if (docket.isStopped || docket.taken.has(key)) return;
    const route = this.#route(docket, scope, this.#parts.agencies);
    if (route.kind === 'later' && docket.later.size < LATER_MAX) docket.later.set(key, scope);
    if (route.kind !== 'ask') return;
    docket.taken.add(key);
    const slot = `${toHex(route.agencyId)} ${route.purpose}`;
    const { agencyId, purpose } = route;
    const batch: Batch = docket.open.get(slot) ?? { agencyId, purpose, scopes: [], isDue: false };
    if (batch.scopes.length === 0) {
      docket.open.set(slot, batch);
      setTimeout(() => this.#close(docket, slot), BATCH_MS);
    }
    batch.scopes.push(scope);
    if (batch.scopes.length === GRANTS_PER_REQUEST_MAX) this.#close(docket, slot);
  }

  #route(docket: Docket, scope: KnownScope, agencies: readonly AgencyId[]): Route {
    const { directory } = this.#parts.mirror;
    const { deviceId, day } = scope.grant.scope;
    const routed = {
      scope: scope.grant.scope,
      roster: scope.roster,
      territories: directory.territoriesOf(deviceId, day),
      areTerritoriesComplete: directory.firstUnopenedTerritory() === null,
    };
    return routeScope(docket.order, routed, agencies, docket.refused.get(keyOf(scope.grantId)) ?? new Set());
  }

  #close(docket: Docket, slot: string): void {
    const batch = docket.open.get(slot);
    if (batch === undefined || this.#ending.signal.aborted) return;
    const { orderId } = docket.order;
    batch.isDue = true;
    // While the order's requests are all under way, the batch goes on filling.
    const isBusy = this.#lanes.isBusy(orderId);
    if (isBusy && batch.scopes.length < GRANTS_PER_REQUEST_MAX) return;
    docket.open.delete(slot);
    this.#lanes.add(orderId, () => this.#guarded(() => this.#ask(orderId, batch.agencyId, batch.purpose, batch.scopes)));
  }

  /** A request of the order has ended: batches that kept filling meanwhile are closed. */
  #slotFree(orderId: OrderId): void {
    const docket = this.#dockets.get(keyOf(orderId));
    if (docket === undefined) return;
    for (const [slot, { isDue }] of docket.open) if (isDue) this.#close(docket, slot);
  }

  /** A live order's request, signed by the gateway itself. */
  async #ask(orderId: OrderId, agencyId: AgencyId, purpose: number, scopes: readonly KnownScope[]): Promise<void> {
    const { orders, gatewayOf, sigSeed, requests, now, nowMs, random } = this.#parts;
    const officerId = gatewayOf(agencyId);
    const found = await this.#whileWaiting(orderId, () => orders.inForce(orderId));
    if (found === null || officerId === null) return;
    const body = {
      requestId: random(16),
      orderHash: found.orderHash,
      agencyId,
      purpose,
      officerId,
      grantIds: scopes.map(({ grantId }) => grantId),
      time: BigInt(now()),
    };
    const request = createReleaseRequest(body, sigSeed);
    await requests.add(orderId, request, nowMs());
    await this.#carry(orderId, request);
  }

  /** Brings a request to its end, whatever is down in between. */
  async #carry(orderId: OrderId, request: ReleaseRequest): Promise<void> {
    const { orders, requests, custodianUrls, log } = this.#parts;
    const { signal } = this.#ending;
    for (let delayMs = RETRY_FIRST_MS; !signal.aborted; delayMs = Math.min(2 * delayMs, RETRY_MAX_MS)) {
      const found = await this.#whileWaiting(orderId, () => orders.inForce(orderId));
      if (found === null) return this.#unlessStopping(() => requests.settle(request, 'ended'));
      try {
        const scopes = await this.#scopesToAsk(orderId, request);
        if (scopes.length === 0) return await requests.settle(request, 'done');
        const all = await this.#scopesByRequest(request);
        const entry = await logRequest(request, found, all, this.#parts, signal);
        const take = (order: Order, key: CollectedKey) => this.#take(order, request, entry.index, key);
        const outcome = await askCustodians(request, entry, found, all, this.#parts, take, signal);
        if (outcome.faulty.length > 0)
          log.error({ code: 'release.dleq_invalid', custodians: outcome.faulty.join(',') }, 'a custodian gave a wrong share');
        for (const { grantId } of outcome.falseGrants)
          await requests.refuse(grantId, orderId, request.agencyId, 'combine.commit_mismatch');
        if (outcome.missing.length === 0) return await requests.settle(request, 'done');
        const t = this.#parts.mirror.directory.custodyKey(outcome.missing[0]?.grant.scope.custodyKeyId as Hash)?.t ?? 2;
        const step = nextStep(outcome.codes, custodianUrls.length, t, outcome.missing.length);
        log.info(
          { step, grants: outcome.missing.length, codes: [...new Set(outcome.codes)].join(',') },
          'a release is not complete',
        );
        if (step !== 'again') return await this.#otherwise(step, orderId, request, outcome.missing, outcome.codes);
      } catch (error) {
        if (!(error instanceof Ac1Error || error instanceof AppError)) throw error;
        if (!signal.aborted) log.warn({ code: error.code }, 'a release could not be asked for');
      }
      await waitMs(delayMs, signal);
    }
  }

  async #otherwise(
    step: 'renew' | 'split' | 'give_up' | 'stop_order',
    orderId: OrderId,
    request: ReleaseRequest,
    missing: readonly KnownScope[],
    codes: readonly string[],
  ): Promise<void> {
    const { requests } = this.#parts;
    const [code = 'internal.unknown'] = codes;
    await requests.settle(request, step);
    const docket = this.#dockets.get(keyOf(orderId));
    if (docket === undefined) return;
    if (step === 'stop_order') docket.isStopped = true;
    const isOurs = docket.order.mode === OrderMode.live;
    if (step === 'give_up') {
      for (const scope of missing) {
        const key = keyOf(scope.grantId);
        await requests.refuse(scope.grantId, orderId, request.agencyId, code);
        const agencies = docket.refused.get(key) ?? new Set();
        docket.refused.set(key, agencies.add(toHex(request.agencyId)));
        docket.taken.delete(key);
        if (isOurs) this.#place(docket, scope); // the next hosted agency
      }
      return;
    }
    // An officer's request is split or renewed by the officer: the gateway cannot sign in a person's place.
    if (!isOurs) for (const { grantId } of missing) docket.taken.delete(keyOf(grantId));
    else if (step === 'renew')
      this.#lanes.add(orderId, () => this.#guarded(() => this.#ask(orderId, request.agencyId, request.purpose, missing)));
    else if (step === 'split')
      for (const scope of missing)
        this.#lanes.add(orderId, () => this.#guarded(() => this.#ask(orderId, request.agencyId, request.purpose, [scope])));
  }

  /** K of one grant: kept under the order, opened, and receipted (PROTOCOL 12, Receipt). */
  async #take(order: Order, request: ReleaseRequest, requestIndex: bigint, key: CollectedKey): Promise<void> {
    const { archive, ledger, orders, now, sigSeed } = this.#parts;
    await archive.storeKey(order, request.agencyId, requestIndex, key);
    const { orderHash, notifyBy } = orders.inForce(order.orderId);
    const receipt = createReceipt(
      {
        orderHash,
        grantId: key.scope.grantId,
        agencyId: request.agencyId,
        indices: [...key.indices].sort((a, b) => a - b),
        kCommit: key.scope.grant.grant.head.kCommit,
        time: BigInt(now()),
      },
      sigSeed,
    );
    const body = encode(receiptCodec, receipt);
    ledger
      .append(order.orderId, { type: EntryType.receipt, noticeBy: notifyBy, isUrgent: false, body: () => body })
      .catch(() => {});
  }

  /** Scopes of the request whose key is not held yet. */
  async #scopesToAsk(orderId: OrderId, request: ReleaseRequest): Promise<KnownScope[]> {
    const held = new Set((await this.#parts.archive.grantsOf(orderId)).map(keyOf));
    return (await this.#scopesByRequest(request)).filter(({ grantId }) => !held.has(keyOf(grantId)));
  }

  async #scopesByRequest(request: ReleaseRequest): Promise<KnownScope[]> {
    const scopes = await Promise.all(request.grantIds.map((id) => this.#parts.scopeOf(id)));
    if (scopes.some((scope) => scope === null)) throw new AppError('input.unknown_grant');
    return scopes as KnownScope[];
  }

  /** What `attempt` gives; null once the order has ended, or we stop. Waits while the order only waits. */
  async #whileWaiting<T>(orderId: OrderId, attempt: () => T): Promise<T | null> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      const state = this.#parts.orders.stateOf(orderId);
      if (state.kind === 'ended') return null;
      if (state.kind === 'in_force') return attempt();
      await waitMs(LATER_MS, signal);
    }
    return null;
  }

  async #unlessStopping(work: () => Promise<void>): Promise<void> {
    if (!this.#ending.signal.aborted) await work();
  }

  #track(work: Promise<void>): void {
    const tracked = this.#guarded(() => work).finally(() => this.#running.delete(tracked));
    this.#running.add(tracked);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.#parts.log.error({ err: error }, 'a release ended with an error'));
  }
}
