/** Vectors of single functions: primitives, encodings, tree arithmetic. */
import { toHex } from '@countersign/bytes';
import { decodeMlsMessage, encodeMlsMessage } from 'ts-mls';
import { determineLength } from 'ts-mls/codec/variableLength.js';
import { decodeCommit, encodeCommit } from 'ts-mls/commit.js';
import { refhash } from 'ts-mls/crypto/hash.js';
import { decryptWithLabel, encryptWithLabel } from 'ts-mls/crypto/hpke.js';
import { deriveSecret, deriveTreeSecret, expandWithLabel } from 'ts-mls/crypto/kdf.js';
import { signWithLabel, verifyWithLabel } from 'ts-mls/crypto/signature.js';
import { decodeGroupSecrets, encodeGroupSecrets } from 'ts-mls/groupSecrets.js';
import { computePskSecret } from 'ts-mls/presharedkey.js';
import * as proposal from 'ts-mls/proposal.js';
import { decodeRatchetTree, encodeRatchetTree } from 'ts-mls/ratchetTree.js';
import { left, nodeWidth, parent, right, root, sibling, toNodeIndex } from 'ts-mls/treemath.js';
import { expect, it } from 'vitest';
import { suite } from '../world.ts';
import { type Case, hex, readCases } from './files.ts';

it('crypto-basics', async () => {
  for (const c of readCases('crypto-basics')) {
    const { ref_hash: ref, expand_with_label: expand, derive_secret: derive, derive_tree_secret: tree } = c;
    const { sign_with_label: sign, encrypt_with_label: seal } = c;
    expect(toHex(await refhash(ref.label, hex(ref.value), suite.hash))).toBe(ref.out);
    const expanded = await expandWithLabel(hex(expand.secret), expand.label, hex(expand.context), expand.length, suite.kdf);
    expect(toHex(expanded)).toBe(expand.out);
    expect(toHex(await deriveSecret(hex(derive.secret), derive.label, suite.kdf))).toBe(derive.out);
    const treeSecret = await deriveTreeSecret(hex(tree.secret), tree.label, tree.generation, tree.length, suite.kdf);
    expect(toHex(treeSecret)).toBe(tree.out);
    const own = await signWithLabel(hex(sign.priv), sign.label, hex(sign.content), suite.signature);
    for (const signature of [hex(sign.signature), own])
      expect(await verifyWithLabel(hex(sign.pub), sign.label, hex(sign.content), signature, suite.signature)).toBe(true);
    const secret = await suite.hpke.importPrivateKey(hex(seal.priv));
    const open = (enc: Uint8Array, ct: Uint8Array) =>
      decryptWithLabel(secret, seal.label, hex(seal.context), enc, ct, suite.hpke).then(toHex);
    expect(await open(hex(seal.kem_output), hex(seal.ciphertext))).toBe(seal.plaintext);
    const recipient = await suite.hpke.importPublicKey(hex(seal.pub));
    const sealed = await encryptWithLabel(recipient, seal.label, hex(seal.context), hex(seal.plaintext), suite.hpke);
    expect(await open(sealed.enc, sealed.ct)).toBe(seal.plaintext);
  }
});

it('deserialization', () => {
  for (const c of readCases('deserialization')) {
    const header = hex(c.vlbytes_header);
    expect(determineLength(header)).toEqual({ length: c.length, lengthFieldSize: header.length });
  }
});

it('tree-math', () => {
  for (const c of readCases('tree-math')) {
    expect(nodeWidth(c.n_leaves)).toBe(c.n_nodes);
    expect(root(c.n_leaves)).toBe(c.root);
    for (let i = 0; i < c.n_nodes; i++) {
      const index = toNodeIndex(i);
      const orNull = (read: () => number) => {
        try {
          return read();
        } catch {
          return null;
        }
      };
      expect(orNull(() => left(index))).toBe(c.left[i]);
      expect(orNull(() => right(index))).toBe(c.right[i]);
      expect(orNull(() => parent(index, c.n_leaves))).toBe(c.parent[i]);
      expect(orNull(() => sibling(index, c.n_leaves))).toBe(c.sibling[i]);
    }
  }
});

it('psk_secret', async () => {
  for (const c of readCases('psk_secret')) {
    const psks = c.psks.map((psk: Case) => [
      { psktype: 'external', pskId: hex(psk.psk_id), pskNonce: hex(psk.psk_nonce) },
      hex(psk.psk),
    ]);
    expect(toHex(await computePskSecret(psks, suite))).toBe(c.psk_secret);
  }
});

it('messages: each field decodes and encodes to the same bytes', () => {
  const message = (bytes: Uint8Array) => encodeMlsMessage(whole(decodeMlsMessage(bytes, 0), bytes));
  const fields: Record<string, (bytes: Uint8Array) => Uint8Array> = {
    mls_welcome: message,
    mls_group_info: message,
    mls_key_package: message,
    public_message_application: message,
    public_message_proposal: message,
    public_message_commit: message,
    private_message: message,
    ratchet_tree: (bytes) => encodeRatchetTree(whole(decodeRatchetTree(bytes, 0), bytes)),
    group_secrets: (bytes) => encodeGroupSecrets(whole(decodeGroupSecrets(bytes, 0), bytes)),
    add_proposal: (bytes) => proposal.encodeAdd(whole(proposal.decodeAdd(bytes, 0), bytes)),
    update_proposal: (bytes) => proposal.encodeUpdate(whole(proposal.decodeUpdate(bytes, 0), bytes)),
    remove_proposal: (bytes) => proposal.encodeRemove(whole(proposal.decodeRemove(bytes, 0), bytes)),
    pre_shared_key_proposal: (bytes) => proposal.encodePSK(whole(proposal.decodePSK(bytes, 0), bytes)),
    re_init_proposal: (bytes) => proposal.encodeReinit(whole(proposal.decodeReinit(bytes, 0), bytes)),
    external_init_proposal: (bytes) => proposal.encodeExternalInit(whole(proposal.decodeExternalInit(bytes, 0), bytes)),
    group_context_extensions_proposal: (bytes) =>
      proposal.encodeGroupContextExtensions(whole(proposal.decodeGroupContextExtensions(bytes, 0), bytes)),
    commit: (bytes) => encodeCommit(whole(decodeCommit(bytes, 0), bytes)),
  };
  for (const c of readCases('messages')) {
    expect(Object.keys(c).sort()).toEqual(Object.keys(fields).sort());
    for (const [name, roundTrip] of Object.entries(fields)) expect(toHex(roundTrip(hex(c[name]))), name).toBe(c[name]);
  }
});

function whole<T>(decoded: [T, number] | undefined, bytes: Uint8Array): T {
  if (decoded === undefined || decoded[1] !== bytes.length) throw new Error('not decoded to the end');
  return decoded[0];
}
