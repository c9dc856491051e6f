/**
 * POST /v1/release: the gate, the human's approval, the releases, and their entry in the log, in this order; nothing is handed out before
 * the log is proven to hold that entry (PROTOCOL 11.3).
 */
import { Ac1Error, decode, equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import {
  acceptedOrNull,
  gateSteps,
  type Hash,
  objectHash,
  type ReleasePackage,
  type ReleasePlan,
  type ReleaseRequest,
  releaseRequestCodec,
  SALT_BYTES,
  verifySecret,
} from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { parseCheckpoint } from '@countersign/tlog';
import { type AppCode, AppError } from '@countersign/wire';
import type { AnsweredRequests } from './answered-requests.ts';
import type { Approvals } from './approvals.ts';
import { createReleases } from './create-releases.ts';
import type { Openings } from './openings.ts';
import type { ReleaseEntries } from './release-entries.ts';
import { shareOf } from './secrets.ts';
import { inTurns } from './turns.ts';
import type { Vault } from './vault.ts';

/** Calls that are worked on at the same time. */
const CALLS_MAX = 32;
/** For the own copy to reach the checkpoint that the caller shows. */
const CATCH_UP_MAX_MS = 5_000;
/** For the log to take the entry, and for witnesses to cosign it. */
const LOGGED_MAX_MS = 20_000;

export interface ReleaserParts {
  readonly vault: Vault;
  readonly mirror: LogMirror;
  readonly openings: Openings;
  readonly approvals: Approvals;
  readonly answered: AnsweredRequests;
  readonly entries: ReleaseEntries;
  /** Takes in the annex that the newest profile names. */
  readonly believe: () => void;
  readonly now: () => number;
  readonly nowMs: () => number;
  readonly random: Random;
}

/** Releases and the index of their type 15 entry, or why there are none. */
export type ReleaseAnswer =
  | { readonly releases: readonly Uint8Array[]; readonly releaseIndex: bigint; readonly salt: Uint8Array }
  | { readonly code: string; readonly objectHash: Uint8Array };

export class Releaser {
  readonly #parts: ReleaserParts;
  /** By request id in hex: the same request twice at a time is made once. */
  readonly #making = new Map<string, Promise<void>>();
  readonly #calls = new Set<Promise<unknown>>();

  constructor(parts: ReleaserParts) {
    this.#parts = parts;
  }

  /** Throws an AppError when the call could not be judged: `limit.rate`, `internal.unavailable`. */
  async answer(presented: ReleasePackage): Promise<ReleaseAnswer> {
    if (this.#calls.size >= CALLS_MAX) throw new AppError('limit.rate', 'calls under way');
    const call = this.#answer(presented);
    this.#calls.add(call);
    try {
      return await call;
    } catch (error) {
      if (error instanceof Ac1Error) return this.#refusal(presented, error.code);
      if (error instanceof AppError && error.code === 'policy.custodian_not_approved')
        return this.#refusal(presented, error.code);
      throw error;
    } finally {
      this.#calls.delete(call);
    }
  }

  /** Resolves when no call is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#calls);
  }

  async #answer(presented: ReleasePackage): Promise<ReleaseAnswer> {
    await this.#catchUp(presented.checkpoint);
    this.#parts.believe();
    const { vault, mirror, approvals, answered, now, nowMs } = this.#parts;
    const keeper = {
      shareGenOf: (id: Hash) => shareOf(vault.secrets, id)?.shareGen ?? null,
      answered: (id: Uint8Array) => answered.hashOf(id),
      now: now(),
    };
    const plan = await inTurns(gateSteps(presented, mirror.directory, keeper), nowMs);
    if (approvals.of(plan.order.orderId, plan.orderHash) !== 'approve') throw new AppError('policy.custodian_not_approved');
    await this.#makeOnce(plan);
    return this.#handOut(plan.request.requestId);
  }

  /** Step 1 asks whether the own copy reaches the checkpoint: it gets a moment to do so. The gate judges. */
  async #catchUp(note: Uint8Array): Promise<void> {
    const { mirror, openings } = this.#parts;
    const late = AbortSignal.timeout(CATCH_UP_MAX_MS);
    await mirror.waitForSize(claimedSize(note), late).catch((error: unknown) => {
      if (!late.aborted) throw error;
    });
    await openings.pull(AbortSignal.timeout(CATCH_UP_MAX_MS));
  }

  /** Makes, stores and logs the answer, or waits for the call that does. */
  async #makeOnce(plan: ReleasePlan): Promise<void> {
    const { requestId } = plan.request;
    const id = toHex(requestId);
    const earlier = this.#making.get(id);
    if (earlier !== undefined) {
      await earlier;
      const answered = this.#parts.answered.hashOf(requestId);
      const isSame = answered !== null && equal(answered, objectHash(releaseRequestCodec, plan.request));
      if (!isSame) throw new Ac1Error('request.replayed');
      return;
    }
    const made = plan.isRepeat ? Promise.resolve() : this.#make(plan);
    const making = made.then(() => this.#log(requestId)).finally(() => this.#making.delete(id));
    this.#making.set(id, making);
    await making;
  }

  /** Made and stored before anything is logged: after a crash the same request gets the same releases. */
  async #make(plan: ReleasePlan): Promise<void> {
    const { vault, answered, random, nowMs } = this.#parts;
    const releases = await inTurns(createReleases(plan, vault.secrets, random), nowMs);
    const { requestId } = plan.request;
    const requestHash = objectHash(releaseRequestCodec, plan.request);
    const { notifyBy, order } = plan;
    await answered.store({ requestId, requestHash, releases, handle: order.orderId, notifyBy, salt: random(SALT_BYTES) });
  }

  /** PROTOCOL 11.3: only after it holds an inclusion proof of the entry. The own copy grows by witnessed checkpoints alone. */
  async #log(requestId: Uint8Array): Promise<void> {
    const { answered, entries } = this.#parts;
    const { answer, releaseIndex } = answered.read(requestId);
    const signal = AbortSignal.timeout(LOGGED_MAX_MS);
    const index = releaseIndex ?? (await entries.append(answer, signal));
    if (releaseIndex === null) await answered.storeLogged(requestId, index);
    await entries.proveLogged(answer, index, signal);
  }

  #handOut(requestId: Uint8Array): ReleaseAnswer {
    const { answer, releaseIndex } = this.#parts.answered.read(requestId);
    if (releaseIndex === null) throw new AppError('internal.unavailable');
    return { releases: answer.releases, releaseIndex, salt: answer.salt };
  }

  /** PROTOCOL 18: one code and the hash of the object, and nothing else. */
  #refusal(presented: ReleasePackage, code: Ac1Error['code'] | AppCode): ReleaseAnswer {
    const request = this.#requestOf(presented);
    if (request === null) return { code, objectHash: new Uint8Array(0) };
    const isOfRequest = code.startsWith('request.') || code.startsWith('log.');
    return { code, objectHash: isOfRequest ? objectHash(releaseRequestCodec, request) : request.orderHash };
  }

  #requestOf({ requestIndex }: ReleasePackage): ReleaseRequest | null {
    const { directory } = this.#parts.mirror;
    const entry = directory.entryAt(requestIndex);
    const secret = directory.secretOf(requestIndex);
    if (entry === null || secret === null) return null;
    return acceptedOrNull(() => decode(releaseRequestCodec, verifySecret(entry, secret)));
  }
}

/** The size that a note claims, 0 for one that is no checkpoint: the gate says what is wrong with it. */
function claimedSize(note: Uint8Array): number {
  try {
    return parseCheckpoint(note).size;
  } catch {
    return 0;
  }
}
