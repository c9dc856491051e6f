/** A session with a service: who one is, proven once, and the token for the calls after it (docs/network.md, Session proofs). */
import { fromHex } from '@countersign/bytes';
import { type Audience, createSessionProof } from '@countersign/wire';
import type { Cli } from '../cli.ts';
import { fetchJson } from './http.ts';
import type { Holder } from './keys.ts';

/** The value of the Authorization header for later calls. */
export async function openSession(
  cli: Cli,
  url: string,
  audience: Audience,
  networkId: string,
  { id, seed }: Holder,
): Promise<string> {
  const proof = createSessionProof(
    { audience, networkId: fromHex(networkId), id: fromHex(id), seed: fromHex(seed), nowMs: cli.nowMs() },
    cli.random,
  );
  const authorization = `Proof ${Buffer.from(proof).toString('base64url')}`;
  const { token } = await fetchJson<{ token: string }>(`${url}/v1/session`, { body: {}, authorization });
  return `Bearer ${token}`;
}
