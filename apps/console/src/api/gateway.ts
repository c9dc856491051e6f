/** Calls to the review gateway under an officer's session, which is opened again with the key when it has ended. */
import { fromHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import { createSessionProof } from '@countersign/wire';
import { ApiError, apiErrorOf } from './api-error.ts';
import type { OfficerKey } from './officer-file.ts';
import type { NetworkFacts } from './types.ts';

export interface GatewayOptions {
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
  readonly random: Random;
}

export type Parameters = Readonly<Record<string, string | number | undefined>>;

export class Gateway {
  readonly officer: OfficerKey;
  readonly network: NetworkFacts;
  readonly #options: GatewayOptions;
  #token: Promise<string> | null = null;

  private constructor(officer: OfficerKey, network: NetworkFacts, options: GatewayOptions) {
    this.officer = officer;
    this.network = network;
    this.#options = options;
  }

  /** `session.proof_invalid` when the gateway does not know the key. */
  static async signIn(officer: OfficerKey, options: GatewayOptions): Promise<Gateway> {
    const network = (await readJson(await reach(options.fetch, '/network.json', {}))) as NetworkFacts;
    const gateway = new Gateway(officer, network, options);
    await gateway.#session();
    return gateway;
  }

  async get<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
    return (await readJson(await this.open(path, parameters, signal))) as T;
  }

  /** The answer with its body still to be read. */
  async open(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<Response> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
    const address = query.size === 0 ? path : `${path}?${query}`;
    const response = await this.#call(address, signal);
    if (response.status !== 401) return this.#judge(response);
    this.#token = null;
    return this.#judge(await this.#call(address, signal));
  }

  async #judge(response: Response): Promise<Response> {
    if (!response.ok) throw await apiErrorOf(response);
    return response;
  }

  async #call(address: string, signal: AbortSignal | undefined): Promise<Response> {
    const headers = { authorization: `Bearer ${await this.#session()}` };
    return reach(this.#options.fetch, address, signal === undefined ? { headers } : { headers, signal });
  }

  #session(): Promise<string> {
    this.#token ??= this.#openSession().catch((error: unknown) => {
      this.#token = null;
      throw error;
    });
    return this.#token;
  }

  async #openSession(): Promise<string> {
    const { fetch, nowMs, random } = this.#options;
    const { id, seed } = this.officer;
    const networkId = fromHex(this.network.network_id);
    const proof = createSessionProof({ audience: 'review', networkId, id, seed, nowMs: nowMs() }, random);
    const headers = { authorization: `Proof ${base64url(proof)}` };
    const { token } = (await readJson(await reach(fetch, '/v1/session', { method: 'POST', headers }))) as { token: string };
    return token;
  }
}

async function reach(fetch: typeof globalThis.fetch, address: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError('internal.unavailable', { cause });
  }
}

async function readJson(response: Response): Promise<unknown> {
  if (!response.ok) throw await apiErrorOf(response);
  return response.json();
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
