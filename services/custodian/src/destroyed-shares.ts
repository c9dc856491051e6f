/** DestroyedShares: a share that is due is deleted, and the log is told so by a signed statement (PROTOCOL 10.4, 13). */
import { decode, encode, equal, toHex } from '@countersign/bytes';
import {
  acceptedOrNull,
  createKeyDestroyed,
  destructionDue,
  EntryType,
  keyDestroyedCodec,
  type LogView,
  OrderKind,
  readDossier,
} from '@countersign/custody';
import type { LogWriter, ServiceContext } from '@countersign/service';
import { AppError } from '@countersign/wire';
import { type DestroyedShare, type HeldShare, shareOf } from './secrets.ts';
import type { Vault } from './vault.ts';

/** How a share was destroyed: the number in KeyDestroyed.method (docs/network.md, custodian). */
export const DestructionMethod = {
  /** The agent replaced its encrypted file by one without the share. */
  deleted: 1,
  /** Beside that, a human destroyed the medium and all copies of it. */
  mediumDestroyed: 2,
  /** The next generation replaced it in a resharing. */
  reshared: 3,
} as const;
export type DestructionMethod = (typeof DestructionMethod)[keyof typeof DestructionMethod];

export interface DestroyedSharesParts {
  readonly vault: Vault;
  readonly writer: LogWriter;
  readonly view: LogView;
  readonly now: () => number;
  readonly log: ServiceContext['log'];
}

export class DestroyedShares {
  readonly #parts: DestroyedSharesParts;
  #publishing: Promise<void> | null = null;

  constructor(parts: DestroyedSharesParts) {
    this.#parts = parts;
  }

  /** The statement about a share that a resharing replaced; the caller removes the share in the same change of the vault. */
  stateReshared(held: HeldShare, now: number): DestroyedShare {
    return this.#state(held, DestructionMethod.reshared, now);
  }

  /**
   * Destroys the share of a custody key at its human's word and resolves with the encoded KeyDestroyed once the share is gone for good;
   * the log gets it as soon as it can be reached. `policy.forbidden` before to_day + retention_days has passed, and while a preservation
   * order over any of the key's days is in force: which grants it means, nobody can tell without opening them.
   */
  async destroy(custodyKeyId: Uint8Array, method: DestructionMethod): Promise<Uint8Array> {
    const { vault, now } = this.#parts;
    const held = shareOf(vault.secrets, custodyKeyId);
    if (held === null) throw new AppError('policy.forbidden', 'no share of that key');
    this.#ensureDue(custodyKeyId, now());
    const destroyed = this.#state(held, method, now());
    await vault.change((secrets) => ({
      ...secrets,
      shares: secrets.shares.filter((share) => share !== held),
      destroyed: [...secrets.destroyed, destroyed],
    }));
    this.publishSoon();
    return destroyed.statement;
  }

  /** Appends the statements that are not in the log yet, in the background; what fails is tried again with the next call. */
  publishSoon(): void {
    this.#publishing ??= this.#publish()
      .catch((error: unknown) => this.#parts.log.warn({ err: error }, 'a statement of destruction waits for the log'))
      .finally(() => {
        this.#publishing = null;
      });
  }

  async settled(): Promise<void> {
    await this.#publishing;
  }

  async #publish(): Promise<void> {
    const { vault, writer } = this.#parts;
    for (const { statement, isLogged } of vault.secrets.destroyed) {
      if (isLogged) continue;
      await writer.append([{ type: EntryType.keyDestroyed, payload: statement }]);
      await vault.change((secrets) => ({
        ...secrets,
        destroyed: secrets.destroyed.map((item) => (equal(item.statement, statement) ? { statement, isLogged: true } : item)),
      }));
    }
  }

  #ensureDue(custodyKeyId: Uint8Array, now: number): void {
    const { view } = this.#parts;
    const row = view.profile.custodyKeys.find((key) => equal(key.custodyKeyId, custodyKeyId));
    // A key that no profile lists any more was listed once: its last profile's date is not known here, so a human decides by hand.
    if (row === undefined) throw new AppError('policy.forbidden', 'the profile does not list the key');
    if (BigInt(now) < destructionDue(row.toDay, view.profile.retentionDays)) throw new AppError('policy.forbidden', 'not due');
    const isPreserved = view.orders().some(({ entry }) => {
      const dossier = acceptedOrNull(() => readDossier(view, entry.handle));
      // An order that cannot be opened might be one that preserves.
      if (dossier === null) return true;
      const { order, revoked } = dossier;
      const isInForce = order.kind === OrderKind.preservation && !revoked && BigInt(now) < order.expires;
      return isInForce && order.dayFrom <= row.toDay && order.dayTo >= row.fromDay;
    });
    if (isPreserved) throw new AppError('policy.forbidden', 'a preservation order holds');
  }

  #state({ custodyKeyId, shareGen, index }: HeldShare, method: DestructionMethod, now: number): DestroyedShare {
    const body = { custodyKeyId, shareGen, index, method, time: BigInt(now) };
    const statement = encode(keyDestroyedCodec, createKeyDestroyed(body, this.#parts.vault.secrets.sigSeed));
    return { statement, isLogged: false };
  }
}

/** For status: which shares of which keys are gone. */
export function describeDestroyed({ statement, isLogged }: DestroyedShare): object {
  const { custodyKeyId, shareGen, method } = decode(keyDestroyedCodec, statement);
  return { custody_key_id: toHex(custodyKeyId), share_gen: shareGen, method, logged: isLogged };
}
