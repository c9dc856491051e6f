/** Intake: follows the custody stream without a hole, stores what comes, and hands on what is new (PROTOCOL 9.4 rule 1; ARCHITECTURE). */
import { Ac1Error } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { Hash, NetworkId, OfficerId } from '@countersign/custody';
import type { LogMirror } from '@countersign/service';
import { AppError, createSessionProof, type custodyFrames } from '@countersign/wire';
import { waitMs } from '../log/territory-openings.ts';
import type { Logger } from '../logger.ts';
import { keyOf, type SealedMail } from '../store/sealed-mail.ts';
import { verifyBatch } from './batch.ts';
import { CustodyStream } from './custody-stream.ts';
import { type KnownScope, lastIndexOf, verifyScopeShown } from './scope.ts';

const RETRY_FIRST_MS = 100;
const RETRY_MAX_MS = 5_000;
/** For the copy to reach an entry that delivery names. */
const LOGGED_MAX_MS = 30_000;
const SCOPES_PER_CALL_MAX = 256;

export interface IntakeParts {
  /** Of delivery's private port. */
  readonly deliveryUrl: string;
  readonly networkId: NetworkId;
  readonly gatewayId: OfficerId;
  readonly sigSeed: Uint8Array;
  readonly mirror: LogMirror;
  readonly mail: SealedMail;
  readonly nowMs: () => number;
  readonly random: Random;
  readonly log: Logger;
  /** A scope that was not known before; its envelopes are stored. */
  readonly onScope: (scope: KnownScope) => void;
  /** Further envelopes of known scopes are stored. */
  readonly onEnvelopes: (grantIds: readonly Hash[]) => void;
}

export class Intake {
  readonly #parts: IntakeParts;
  readonly #ending = new AbortController();
  readonly #known = new Set<string>();
  #running: Promise<void> = Promise.resolve();
  #stream: CustodyStream | null = null;
  #isConnected = false;
  #lastHeardMs = 0;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    this.#stream?.close();
    await this.#running;
  }

  /** "No messages" is never to be taken for "no feed". */
  get health(): { readonly isConnected: boolean; readonly lastHeardMs: number } {
    return { isConnected: this.#isConnected, lastHeardMs: this.#lastHeardMs };
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    let delayMs = RETRY_FIRST_MS;
    while (!signal.aborted) {
      try {
        await this.#followOnce(() => {
          delayMs = RETRY_FIRST_MS;
        });
      } catch (error) {
        // An Ac1Error means that the relay deviates: nothing of the batch is taken, and the operators of the agency are told.
        if (error instanceof Ac1Error)
          this.#parts.log.error({ code: error.code }, 'a batch of the custody stream does not verify');
        else if (!(error instanceof AppError)) throw error;
      }
      this.#isConnected = false;
      await waitMs(delayMs, signal);
      delayMs = Math.min(2 * delayMs, RETRY_MAX_MS);
    }
  }

  async #followOnce(onProgress: () => void): Promise<void> {
    const { deliveryUrl, networkId, gatewayId, sigSeed, mail, nowMs, random } = this.#parts;
    const proof = createSessionProof(
      { audience: 'custody-stream', networkId, id: gatewayId, seed: sigSeed, nowMs: nowMs() },
      random,
    );
    const last = await mail.lastBatch();
    const url = `${deliveryUrl.replace(/^http/, 'ws')}/v1/custody`;
    let expected = last + 1n;
    const stream = await CustodyStream.open(url, proof, last === 0n ? 0n : expected, {
      onBatch: async (batch) => {
        await this.#takeBatch(stream, batch, expected);
        expected += 1n;
        onProgress();
      },
    });
    this.#stream = stream;
    if (this.#ending.signal.aborted) stream.close();
    this.#isConnected = true;
    this.#lastHeardMs = nowMs();
    await this.#learnScopes(stream, await mail.unknownGrants(SCOPES_PER_CALL_MAX));
    await stream.ended;
  }

  /** Batch numbers grow by one: one that is left out hides envelopes (`reader.gap`). */
  async #takeBatch(stream: CustodyStream, shown: custodyFrames.Batch, expected: bigint): Promise<void> {
    const { mirror, mail, nowMs } = this.#parts;
    if (shown.batch !== expected) throw new Ac1Error('reader.gap', { expected, got: shown.batch });
    await mirror.waitForSize(Number(shown.logIndex) + 1, this.#deadline());
    const batch = verifyBatch(shown, { view: mirror.directory, entryBytes: mirror.entry(shown.logIndex) });
    await mail.storeBatch(batch, nowMs());
    if (batch.missing.length > 0)
      this.#parts.log.warn(
        { code: 'reader.gap', batch: Number(batch.batch), missing: batch.missing.length },
        'envelopes are withheld',
      );
    stream.acknowledge(batch.batch);
    this.#lastHeardMs = nowMs();
    const grants = new Map(batch.envelopes.map(({ parsed }) => [keyOf(parsed.hdr.grantId), parsed.hdr.grantId]));
    const unknown: Hash[] = [];
    const known: Hash[] = [];
    for (const [key, id] of grants) ((await this.#isKnown(key, id)) ? known : unknown).push(id);
    if (known.length > 0) this.#parts.onEnvelopes(known);
    await this.#learnScopes(stream, unknown);
  }

  async #isKnown(key: string, grantId: Hash): Promise<boolean> {
    if (this.#known.has(key)) return true;
    const isStored = (await this.#parts.mail.scopeShown(grantId)) !== null;
    if (isStored) this.#known.add(key);
    return isStored;
  }

  async #learnScopes(stream: CustodyStream, grantIds: readonly Hash[]): Promise<void> {
    const { mirror, mail, log } = this.#parts;
    for (let i = 0; i < grantIds.length; i += SCOPES_PER_CALL_MAX) {
      for (const shown of await stream.fetchScopes(grantIds.slice(i, i + SCOPES_PER_CALL_MAX))) {
        await mirror.waitForSize(lastIndexOf(shown) + 1, this.#deadline());
        try {
          const scope = verifyScopeShown(shown, mirror.directory);
          await mail.storeScope(scope);
          this.#known.add(keyOf(scope.grantId));
          this.#parts.onScope(scope);
        } catch (error) {
          if (!(error instanceof Ac1Error)) throw error;
          log.error({ code: error.code }, 'a scope of the custody stream does not verify');
        }
      }
    }
  }

  #deadline(): AbortSignal {
    return AbortSignal.any([this.#ending.signal, AbortSignal.timeout(LOGGED_MAX_MS)]);
  }
}
