/** Scopes in memory, read again from the store and held against the log again where they are not (PROTOCOL 7.3). */
import { acceptedOrNull, type Hash } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { type KnownScope, lastIndexOf, verifyScopeShown } from './intake/scope.ts';
import { keyOf, type SealedMail } from './store/sealed-mail.ts';

const SCOPES_MAX = 20_000;

export class ScopeCache {
  readonly #mail: SealedMail;
  readonly #mirror: LogMirror;
  readonly #scopes = new Map<string, KnownScope>();

  constructor(mail: SealedMail, mirror: LogMirror) {
    this.#mail = mail;
    this.#mirror = mirror;
  }

  add(scope: KnownScope): void {
    this.#scopes.delete(keyOf(scope.grantId));
    this.#scopes.set(keyOf(scope.grantId), scope);
    if (this.#scopes.size > SCOPES_MAX) this.#scopes.delete(this.#scopes.keys().next().value as string);
  }

  /** Null for a grant that is not known, or no longer valid by the log. */
  async get(grantId: Hash): Promise<KnownScope | null> {
    const cached = this.#scopes.get(keyOf(grantId));
    if (cached !== undefined) return cached;
    const shown = await this.#mail.scopeShown(grantId);
    if (shown === null) return null;
    await this.#mirror.waitForSize(lastIndexOf(shown) + 1);
    const scope = acceptedOrNull(() => verifyScopeShown(shown, this.#mirror.directory));
    if (scope !== null) this.add(scope);
    return scope;
  }
}
