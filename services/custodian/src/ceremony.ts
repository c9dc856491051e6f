/**
 * POST /v1/ceremony/{step}: this custodian's part in a DKG or resharing (PROTOCOL 13). The state machine is packages/threshold's; here its
 * state is made durable before each answer, its messages are logged, and its end becomes a share.
 *
 * A human's tool carries the messages (runCeremony of packages/service). A step may be repeated and is answered with the same bytes.
 */
import { Ac1Error, equal, fromUtf8, toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { EntryType } from '@countersign/custody';
import type { CeremonyStepName, LogWriter } from '@countersign/service';
import { deriveKeyPair } from '@countersign/threshold';
import { AppError } from '@countersign/wire';
import { finishKey, signKey } from './ceremony-end.ts';
import { bytesIn, parseBody } from './ceremony-input.ts';
import { codeOf, type RoundResult, takeHashes, takeOpen, takeRound1s, takeRound2s } from './ceremony-rounds.ts';
import type { DestroyedShares } from './destroyed-shares.ts';
import type { SeatContext } from './seat.ts';
import type { CeremonyUnderWay } from './secrets.ts';
import type { Vault } from './vault.ts';

const IKM_BYTES = 32;
const ID_BYTES = 16;

export interface CeremonyParts extends Pick<SeatContext, 'networkId' | 'rootKey' | 'name' | 'loggedKey'> {
  readonly vault: Vault;
  readonly writer: LogWriter;
  readonly destroyed: DestroyedShares;
  readonly index: number;
  readonly now: () => number;
  readonly random: Random;
}

export class Ceremonies {
  readonly #parts: CeremonyParts;
  /** One step at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: CeremonyParts) {
    this.#parts = parts;
  }

  /** Throws `frame.unexpected` for a step out of order, `input.malformed`, and the code with which the ceremony was aborted. */
  step(name: string, body: unknown): Promise<unknown> {
    const taken = this.#turn.then(() => this.#step(name, body));
    this.#turn = taken.catch(() => undefined);
    return taken;
  }

  async #step(name: string, json: unknown): Promise<unknown> {
    const body = parseBody(json);
    const id = bytesIn(body, 'ceremony_id', ID_BYTES);
    if (name === 'key') return this.#begin(id);
    if (name === 'abort') return this.#abort(id, body.discard_signed === true);
    const question = crypto.sha256(fromUtf8(JSON.stringify(body)));
    const { finished } = this.#parts.vault.secrets;
    const isFinished = name === 'finish' && finished !== null && equal(finished.ceremonyId, id);
    if (isFinished && equal(finished.question, question)) return finished.answer;
    const ceremony = this.#current(id);
    const earlier = ceremony.steps[name];
    if (earlier !== undefined && !equal(earlier.question, question)) throw new AppError('frame.unexpected', name);
    if (earlier === undefined && name === 'finish') return this.#finish(ceremony, bytesIn(body, 'custody_key'), question);
    if (earlier === undefined) await this.#keep(ceremony, name, question, this.#take(name as CeremonyStepName, body, ceremony));
    await this.#publish(name);
    const { state, steps } = this.#current(id);
    if (state?.phase === 'aborted') throw new Ac1Error(codeOf(state.complaint));
    return steps[name]?.answer;
  }

  /** A new key for a new ceremony. One that nobody signed yet is forgotten for it. */
  async #begin(ceremonyId: Uint8Array): Promise<unknown> {
    const { vault, random, name, index } = this.#parts;
    const { ceremony } = vault.secrets;
    const isKnown = ceremony !== null && equal(ceremony.ceremonyId, ceremonyId);
    if (ceremony !== null && !isKnown && ceremony.signed !== null)
      throw new AppError('frame.unexpected', 'a signed ceremony waits');
    if (!isKnown) {
      const { secretKey, publicKey } = deriveKeyPair(random(IKM_BYTES));
      const fresh = { ceremonyId, secretKey, publicKey, open: null, state: null, oldCustodyKey: null, signed: null, steps: {} };
      await vault.change((secrets) => ({ ...secrets, ceremony: fresh }));
    }
    const { sigSeed, hpkeKey } = vault.secrets;
    return {
      index,
      name,
      sig_key: toHex(crypto.ed25519PublicKey(sigSeed)),
      ceremony_key: toHex(this.#current(ceremonyId).publicKey),
      hpke_key: toHex(hpkeKey),
    };
  }

  /** Forgets the ceremony. Behind a signature waits a share that others may already count on: that takes a word more. */
  async #abort(ceremonyId: Uint8Array, discardSigned: boolean): Promise<unknown> {
    const { vault } = this.#parts;
    const { ceremony } = vault.secrets;
    if (ceremony === null || !equal(ceremony.ceremonyId, ceremonyId)) return {};
    if (ceremony.signed !== null && !discardSigned)
      throw new AppError('frame.unexpected', 'signed: finish it, or discard_signed');
    await vault.change((secrets) => ({ ...secrets, ceremony: null }));
    return {};
  }

  #take(name: CeremonyStepName, body: Readonly<Record<string, unknown>>, ceremony: CeremonyUnderWay): RoundResult {
    const { random, vault, networkId, rootKey, loggedKey } = this.#parts;
    const context = { networkId, rootKey, name: this.#parts.name, secrets: vault.secrets, ceremony, loggedKey };
    switch (name) {
      case 'open':
        return takeOpen(body, context, random);
      case 'hashes':
        return takeHashes(body, ceremony, random);
      case 'round1':
        return takeRound1s(body, ceremony, random);
      case 'round2':
        return takeRound2s(body, ceremony, random);
      case 'sign':
        return signKey(bytesIn(body, 'custody_key'), ceremony, vault.secrets, networkId);
      default:
        throw new AppError('input.unknown_route');
    }
  }

  async #finish(ceremony: CeremonyUnderWay, bytes: Uint8Array, question: Uint8Array): Promise<unknown> {
    const { vault, destroyed, networkId, rootKey, now } = this.#parts;
    const { share, replaced, answer } = finishKey(bytes, ceremony, vault.secrets, { networkId, rootKey });
    await vault.change((secrets) => ({
      ...secrets,
      shares: [...secrets.shares.filter((held) => !replaced.includes(held)), ...(share === null ? [] : [share])],
      destroyed: [...secrets.destroyed, ...replaced.map((held) => destroyed.stateReshared(held, now()))],
      ceremony: null,
      finished: { ceremonyId: ceremony.ceremonyId, question, answer },
    }));
    destroyed.publishSoon();
    return answer;
  }

  #keep(
    ceremony: CeremonyUnderWay,
    name: string,
    question: Uint8Array,
    { changes, answer, publish }: RoundResult,
  ): Promise<void> {
    const steps = { ...ceremony.steps, [name]: { question, answer, unpublished: publish } };
    return this.#parts.vault.change((secrets) => ({ ...secrets, ceremony: { ...ceremony, ...changes, steps } }));
  }

  /** Appends what belongs to a step. A log that does not know this custodian yet (it joins by a resharing) holds the others' entries. */
  async #publish(name: string): Promise<void> {
    const { vault, writer } = this.#parts;
    const bodies = vault.secrets.ceremony?.steps[name]?.unpublished ?? [];
    if (bodies.length === 0) return;
    try {
      await writer.append(bodies.map((payload) => ({ type: EntryType.ceremony, payload })));
    } catch (error) {
      if (!(error instanceof Ac1Error)) throw error;
    }
    await vault.change((secrets) => {
      const { ceremony } = secrets;
      const step = ceremony?.steps[name];
      if (ceremony === null || step === undefined) return secrets;
      return { ...secrets, ceremony: { ...ceremony, steps: { ...ceremony.steps, [name]: { ...step, unpublished: [] } } } };
    });
  }

  #current(ceremonyId: Uint8Array): CeremonyUnderWay {
    const { ceremony } = this.#parts.vault.secrets;
    if (ceremony === null || !equal(ceremony.ceremonyId, ceremonyId)) throw new AppError('frame.unexpected', 'ceremony_id');
    return ceremony;
  }
}
