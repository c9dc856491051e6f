/** One custodian in a ceremony, as whoever leads it sees it: an address with a session of its human (docs/network.md, custodian). */
import { fromHex, fromUtf8, toUtf8 } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { NetworkId, Point65, SigKey } from '@countersign/custody';
import { AppError, createSessionProof } from '@countersign/wire';
import { callForBytes } from './log-calls.ts';

const ANSWER_BYTES_MAX = 4 * 2 ** 20;

/** A custodian's private address and the key by which its human opens a session there. */
export interface CeremonyCustodian {
  readonly url: string;
  readonly human: { readonly id: Uint8Array; readonly seed: Uint8Array };
}

export type CeremonyStepName = 'key' | 'open' | 'hashes' | 'round1' | 'round2' | 'sign' | 'finish' | 'abort';

/** Bytes in hex; null where the custodian deals nothing. */
export interface OpenAnswer {
  readonly hash: CarriedMessage | null;
}
export interface HashesAnswer {
  readonly round1: CarriedMessage | null;
}
export interface Round1Answer {
  readonly round2s: readonly (CarriedMessage & { readonly to: number })[];
}
export interface Round2Answer {
  readonly Y: string;
  readonly Yi: readonly string[];
  readonly transcript_hash: string;
}
export interface CarriedMessage {
  readonly from: number;
  readonly bytes: string;
}

interface KeyAnswer {
  readonly index: number;
  readonly name: string;
  readonly sig_key: string;
  readonly ceremony_key: string;
  readonly hpke_key: string;
}

export interface PartyContext {
  readonly networkId: NetworkId;
  readonly nowMs: number;
  readonly random: Random;
}

export class CeremonyParty {
  readonly url: string;
  readonly #token: string;
  #key: KeyAnswer | null = null;

  private constructor(url: string, token: string) {
    this.url = url;
    this.#token = token;
  }

  /** Opens a session of the custodian's human. */
  static async open({ url, human }: CeremonyCustodian, { networkId, nowMs, random }: PartyContext): Promise<CeremonyParty> {
    const { id, seed } = human;
    const proof = createSessionProof({ audience: 'custodian', networkId, id, seed, nowMs }, random);
    const authorization = `Proof ${Buffer.from(proof).toString('base64url')}`;
    const answer = await post<{ token: string }>(`${url}/v1/session`, {}, authorization);
    return new CeremonyParty(url, answer.token);
  }

  /** The answer to one step; the custodian's code when it refuses. Asking again changes nothing and gets the same answer. */
  post<T = unknown>(step: CeremonyStepName, body: object): Promise<T> {
    return post<T>(`${this.url}/v1/ceremony/${step}`, body, `Bearer ${this.#token}`);
  }

  /** Has the custodian make its key for the ceremony and say who it is. */
  async introduce(id: object): Promise<void> {
    this.#key = await this.post<KeyAnswer>('key', id);
  }

  get index(): number {
    return this.#introduced.index;
  }
  get name(): string {
    return this.#introduced.name;
  }
  get sigKey(): SigKey {
    return fromHex(this.#introduced.sig_key) as SigKey;
  }
  /** For this ceremony alone. */
  get ceremonyKey(): Point65 {
    return fromHex(this.#introduced.ceremony_key) as Point65;
  }
  /** For openings, and listed in the custody key. */
  get hpkeKey(): Point65 {
    return fromHex(this.#introduced.hpke_key) as Point65;
  }

  get #introduced(): KeyAnswer {
    if (this.#key === null) throw new AppError('frame.unexpected', 'key');
    return this.#key;
  }
}

async function post<T>(url: string, body: object, authorization: string): Promise<T> {
  const bytes = await callForBytes(url, {
    method: 'POST',
    body: fromUtf8(JSON.stringify(body)),
    contentType: 'application/json',
    authorization,
    answerBytesMax: ANSWER_BYTES_MAX,
  });
  return JSON.parse(toUtf8(bytes) ?? 'null') as T;
}
