/** ShareCollector: the releases of one request as they arrive, until t sound ones give K of every grant (PROTOCOL 8.2; 12, "takes a release"). */
import { Ac1Error, encode } from '@countersign/bytes';
import { type AgencyId, acceptedOrNull, type CustodyKey, type Hash, openRelease, scopeCodec } from '@countersign/custody';
import { combineWithBlame, type ProvenPart } from '@countersign/threshold';
import type { KnownScope } from '../intake/scope.ts';

export interface CollectorContext {
  readonly orderHash: Hash;
  readonly agencyId: AgencyId;
  readonly requestIndex: bigint;
  readonly hpkeSecret: Uint8Array;
  readonly custodyKeyOf: (id: Hash) => CustodyKey | null;
}

/** K of a grant, with the releases that gave it. */
export interface CollectedKey {
  readonly scope: KnownScope;
  readonly K: Uint8Array;
  /** Custodians whose shares were combined. */
  readonly indices: readonly number[];
  readonly releases: readonly Uint8Array[];
}

interface Pending {
  readonly scope: KnownScope;
  readonly key: CustodyKey;
  readonly parts: (ProvenPart & { readonly bytes: Uint8Array })[];
}

export class ShareCollector {
  readonly #context: CollectorContext;
  readonly #pending: (Pending | null)[];
  /** Indices of custodians whose release was no release, or whose share was wrong: `release.*` codes, reported. */
  readonly faulty = new Map<number, string>();
  /** Grants whose shares are all right while K is not what the grant commits to: their sender deviates (`combine.commit_mismatch`). */
  readonly falseGrants: KnownScope[] = [];

  /** `scopes` in the order of the request's grant_ids. */
  constructor(scopes: readonly KnownScope[], context: CollectorContext) {
    this.#context = context;
    this.#pending = scopes.map((scope) => {
      const key = context.custodyKeyOf(scope.grant.scope.custodyKeyId);
      if (key === null) throw new Ac1Error('grant.custody_key_unknown');
      return { scope, key, parts: [] };
    });
  }

  /** Scopes whose K is not known yet. */
  get missing(): readonly KnownScope[] {
    return this.#pending.flatMap((pending) => (pending === null ? [] : [pending.scope]));
  }

  /** Takes one custodian's releases, in the order of the request; yields each key that they complete, so that a caller can pause between. */
  *take(releases: readonly Uint8Array[]): Generator<CollectedKey | null> {
    for (const [i, bytes] of releases.entries()) {
      const pending = this.#pending[i];
      if (pending == null) continue;
      const part = this.#openPart(pending, bytes);
      if (part === null || pending.parts.some(({ index }) => index === part.index)) continue;
      pending.parts.push(part);
      const key = pending.parts.length >= pending.key.t ? this.#combine(pending) : null;
      if (key !== null || this.falseGrants.includes(pending.scope)) this.#pending[i] = null;
      yield key;
    }
  }

  #openPart({ scope, key }: Pending, bytes: Uint8Array): Pending['parts'][number] | null {
    const { orderHash, agencyId, hpkeSecret } = this.#context;
    const expected = { orderHash, grantId: scope.grantId, agencyId, shareGen: key.shareGen };
    const sigKeys = key.custodians.map(({ sigKey }) => sigKey);
    const opened = acceptedOrNull(() => openRelease(bytes, sigKeys, expected, hpkeSecret));
    if (opened === null || opened.release.requestIndex !== this.#context.requestIndex) return null;
    return { index: opened.release.context.index, share: opened.share, bytes };
  }

  /** Null while too few shares are sound; then a further custodian's is waited for. */
  #combine({ scope, key, parts }: Pending): CollectedKey | null {
    const { orderHash, agencyId } = this.#context;
    const { head } = scope.grant.grant;
    const target = {
      t: key.t,
      n: key.n,
      scope: encode(scopeCodec, head.scope),
      enc: head.enc,
      kCommit: head.kCommit,
      Y: key.Y,
      context: { orderHash, grantId: scope.grantId, agencyId, shareGen: key.shareGen },
      Yi: key.custodians.map(({ Yi }) => Yi),
    };
    try {
      const { K, used, faulty } = combineWithBlame(target, parts);
      for (const index of faulty) this.faulty.set(index, 'release.dleq_invalid');
      const releases = used.map((index) => (parts.find((part) => part.index === index) as { bytes: Uint8Array }).bytes);
      return { scope, K, indices: used, releases };
    } catch (error) {
      if (!(error instanceof Ac1Error)) throw error;
      if (error.code !== 'release.dleq_invalid') {
        this.falseGrants.push(scope);
        return null;
      }
      const { faulty } = error.detail;
      for (const index of String(faulty ?? '').split(',')) this.faulty.set(Number(index), error.code);
      return null;
    }
  }
}
