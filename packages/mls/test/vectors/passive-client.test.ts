/**
 * Vectors of a whole client: it joins by a Welcome and follows the group. They use PSKs and every kind of proposal, which our
 * profile refuses, so they run on ts-mls itself with our suite; ours are the primitives, ts-mls's the protocol. No case of suite 1 is
 * left out, in this file or the others beside it.
 */
import { toHex } from '@countersign/bytes';
import {
  bytesToBase64,
  type ClientState,
  decodeMlsMessage,
  joinGroup,
  makePskIndex,
  processPrivateMessage,
  processPublicMessage,
} from 'ts-mls';
import { defaultClientConfig } from 'ts-mls/clientConfig.js';
import { decodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { describe, expect, it } from 'vitest';
import { suite } from '../world.ts';
import { type Case, hex, readCases } from './files.ts';

for (const file of ['passive-client-welcome', 'passive-client-handling-commit', 'passive-client-random'] as const)
  describe(file, () => {
    for (const [index, c] of readCases(file).entries()) {
      it(`client ${index}`, () => follow(c), 60_000);
    }
  });

async function follow(c: Case): Promise<void> {
  const message = (text: string): Case => decodeMlsMessage(hex(text), 0)?.[0];
  const psks = Object.fromEntries(c.external_psks.map((psk: Case) => [bytesToBase64(hex(psk.psk_id)), hex(psk.psk)]));
  const given = c.ratchet_tree === null ? undefined : decodeRatchetTree(hex(c.ratchet_tree), 0)?.[0];
  let state: ClientState = await joinGroup(
    message(c.welcome).welcome,
    message(c.key_package).keyPackage,
    {
      initPrivateKey: hex(c.init_priv),
      hpkePrivateKey: hex(c.encryption_priv),
      signaturePrivateKey: hex(c.signature_priv),
    },
    makePskIndex(undefined, psks),
    suite,
    given,
    undefined,
    defaultClientConfig,
  );
  expect(toHex(state.keySchedule.epochAuthenticator)).toBe(c.initial_epoch_authenticator);
  for (const epoch of c.epochs) {
    for (const text of [...epoch.proposals, epoch.commit]) {
      const one = message(text);
      const index = makePskIndex(state, psks);
      const { newState } =
        one.wireformat === 'mls_private_message'
          ? await processPrivateMessage(state, one.privateMessage, index, suite)
          : await processPublicMessage(state, one.publicMessage, index, suite);
      state = newState;
    }
    expect(toHex(state.keySchedule.epochAuthenticator)).toBe(epoch.epoch_authenticator);
  }
}
