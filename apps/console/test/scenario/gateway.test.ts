/** Signing in and calling: the proof is an officer's, the session is opened again when it has ended, errors come by their code. */
import { fromHex, toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { parseSessionProof, verifySessionProof } from '@countersign/wire';
import { describe, expect, it } from 'vitest';
import { Gateway } from '../../src/api/gateway.ts';
import { parseOfficerFile } from '../../src/api/officer-file.ts';

const NOW_MS = 1_800_000_000_000;
const seed = new Uint8Array(32).fill(7);
const networkId = 'ab'.repeat(16);
const officer = parseOfficerFile(
  JSON.stringify({ name: 'au-officer', id: '01'.repeat(16), seed: toHex(seed), organisation: '02'.repeat(16), roles: [4] }),
);

/** A gateway that knows one officer and whose tokens can be ended. */
function gatewayDouble() {
  const calls: string[] = [];
  let sessions = 0;
  let valid = '';
  const fetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const path = String(input);
    calls.push(path);
    const authorization = new Headers(init?.headers).get('authorization') ?? '';
    if (path === '/network.json') return Response.json({ network_id: networkId, agencies: [], purposes: [] });
    if (path === '/v1/session') {
      const proof = parseSessionProof(new Uint8Array(Buffer.from(authorization.replace('Proof ', ''), 'base64url')));
      const publicKey = crypto.ed25519PublicKey(seed);
      verifySessionProof(proof, { audience: 'review', networkId: fromHex(networkId), publicKey, nowMs: NOW_MS });
      sessions += 1;
      valid = `token${sessions}`;
      return Response.json({ token: valid, expires: 1 });
    }
    if (authorization !== `Bearer ${valid}`) return Response.json({ code: 'session.expired' }, { status: 401 });
    if (path.startsWith('/v1/search')) return Response.json({ code: 'policy.no_order' }, { status: 403 });
    return Response.json({ path });
  };
  return { fetch, calls, endSession: () => (valid = 'another') };
}

const signIn = (fetch: typeof globalThis.fetch) =>
  Gateway.signIn(officer, { fetch, nowMs: () => NOW_MS, random: (length) => crypto.randomBytes(length) });

describe('an officer at the gateway', () => {
  it('signs in with a proof over the network and asks with the token', async () => {
    const { fetch } = gatewayDouble();
    const gateway = await signIn(fetch);
    expect(await gateway.get('/v1/orders', { order: 'ab', before_ms: undefined })).toEqual({ path: '/v1/orders?order=ab' });
  });

  it('opens a new session once when the old one has ended', async () => {
    const { fetch, calls, endSession } = gatewayDouble();
    const gateway = await signIn(fetch);
    endSession();
    expect(await gateway.get('/v1/orders')).toEqual({ path: '/v1/orders' });
    expect(calls.filter((path) => path === '/v1/session').length).toBe(2);
  });

  it('gets refusals by their code', async () => {
    const gateway = await signIn(gatewayDouble().fetch);
    await expect(gateway.get('/v1/search', { q: 'x' })).rejects.toMatchObject({ code: 'policy.no_order' });
  });

  it('is told when the gateway cannot be reached', async () => {
    const fetch = async () => Promise.reject(new TypeError('network'));
    await expect(signIn(fetch)).rejects.toMatchObject({ code: 'internal.unavailable' });
  });
});

describe('a key file', () => {
  it.each(['', '[]', '{}', 'null', '{"name":"a","organisation":"b","id":"zz","seed":"00"}'])('%j is refused', (text) => {
    expect(() => parseOfficerFile(text)).toThrow('input.malformed');
  });
});
