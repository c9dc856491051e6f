/** What a member or a relay may try, and what it gets. Attackers' bytes are built with ts-mls directly, below the port. */
import { toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  bytesToBase64,
  type ClientState,
  createApplicationMessage,
  createCommit,
  createGroupInfoWithExternalPubAndRatchetTree,
  createProposal,
  decodeMlsMessage,
  emptyPskIndex,
  encodeMlsMessage,
  joinGroupExternal,
  type Proposal,
  processPublicMessage,
} from 'ts-mls';
import { describe, expect, it } from 'vitest';
import { clientConfig } from '../../src/epoch.ts';
import { Group, openPublicGroup, type SavedGroup, verifyCommit, verifyKeyPackage, verifyLeave } from '../../src/index.ts';
import { decodeGroupState } from '../../src/state.ts';
import { certificate, type Device, groupOf, leafOf, Device as NewDevice, NOW, rules, suite } from '../world.ts';

/** The secrets of a device, in an attacker's hands; its own rules accept everything. */
function stolenState(device: Device): ClientState {
  const { handshake, ratchets } = device.store.saved as SavedGroup;
  const config = clientConfig({ authenticate: () => true, parseIdentity: () => ({ deviceId: new Uint8Array(16) }) });
  return decodeGroupState(handshake, ratchets, config).current as ClientState;
}

async function forgeCommit(state: ClientState, extraProposals: Proposal[]) {
  const { commit, newState } = await createCommit(
    { state, cipherSuite: suite, pskIndex: { findPsk: () => new Uint8Array(32) } },
    { wireAsPublicMessage: true, extraProposals },
  );
  const groupInfo = await createGroupInfoWithExternalPubAndRatchetTree(newState, [], suite);
  return {
    commit: encodeMlsMessage(commit),
    groupInfo: encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo }),
  };
}

describe('proposals that PROTOCOL 5 forbids', () => {
  const psk: Proposal = {
    proposalType: 'psk',
    psk: {
      preSharedKeyId: { psktype: 'external', pskId: new Uint8Array(4), pskNonce: new Uint8Array(32) },
    },
  } as Proposal;
  const forbidden: [string, Proposal][] = [
    ['GroupContextExtensions', { proposalType: 'group_context_extensions', groupContextExtensions: { extensions: [] } }],
    ['PSK', psk],
    [
      'ReInit',
      {
        proposalType: 'reinit',
        reinit: { groupId: new Uint8Array(16), version: 'mls10', cipherSuite: suite.name, extensions: [] },
      },
    ],
    ['a custom proposal', { proposalType: 0x0a0a, proposalData: new Uint8Array(3) }],
  ];
  for (const [name, proposal] of forbidden) {
    it(`${name} in a Commit is refused by relay and members`, async () => {
      const { relay, devices } = await groupOf(3);
      const [alice, bob] = devices as [Device, Device];
      const { commit, groupInfo } = await forgeCommit(stolenState(alice), [proposal]);
      await expect(verifyCommit(relay.public_, commit, groupInfo, rules, suite)).rejects.toMatchObject({
        code: 'proposal_forbidden',
      });
      await expect(bob.group.process(commit)).rejects.toMatchObject({ code: 'proposal_forbidden' });
    });
    it(`${name} alone is refused by relay and members`, async () => {
      const { relay, devices } = await groupOf(3);
      const [alice, bob] = devices as [Device, Device];
      const { message } = await createProposal(stolenState(alice), true, proposal, suite);
      const bytes = encodeMlsMessage(message);
      await expect(verifyLeave(relay.public_, bytes, suite)).rejects.toMatchObject({ code: 'proposal_forbidden' });
      await expect(bob.group.process(bytes)).rejects.toMatchObject({ code: 'proposal_forbidden' });
    });
  }

  it('announcing that somebody else leaves, or leaving twice, is refused', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const propose = async (removed: number, data: Uint8Array) =>
      encodeMlsMessage(
        (await createProposal(stolenState(alice), true, { proposalType: 'remove', remove: { removed } }, suite, data)).message,
      );
    await expect(bob.group.process(await propose(2, new Uint8Array(0)))).rejects.toMatchObject({ code: 'proposal_forbidden' });
    await relay.leave(await propose(0, new Uint8Array(0)));
    const twice = await propose(0, new Uint8Array(1));
    await expect(bob.group.process(twice)).rejects.toMatchObject({ code: 'proposal_forbidden' });
    await expect(verifyLeave(relay.public_, twice, suite)).rejects.toMatchObject({ code: 'proposal_forbidden' });
  });

  it('handshake messages that are encrypted are refused', async () => {
    const { devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    const state = stolenState(alice);
    const { commit } = await createCommit({
      state: { ...state, secretTree: state.secretTree.map((node) => ({ ...node, handshake: node.application })) },
      cipherSuite: suite,
    });
    await expect(bob.group.decrypt(encodeMlsMessage(commit))).rejects.toMatchObject({ code: 'proposal_forbidden' });
    await expect(bob.group.process(encodeMlsMessage(commit))).rejects.toMatchObject({ code: 'malformed' });
  });

  it('a Commit that refers to a proposal nobody saw is named as such', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const state = stolenState(bob);
    const unseen = bytesToBase64(crypto.randomBytes(32));
    const unappliedProposals = {
      [unseen]: { proposal: { proposalType: 'remove' as const, remove: { removed: 2 } }, senderLeafIndex: 2 },
    };
    const { commit, groupInfo } = await forgeCommit({ ...state, unappliedProposals }, []);
    await expect(alice.group.process(commit)).rejects.toMatchObject({ code: 'proposal_missing' });
    await expect(verifyCommit(relay.public_, commit, groupInfo, rules, suite)).rejects.toMatchObject({
      code: 'proposal_missing',
    });
  });
});

describe('credentials', () => {
  it('a key package with a certificate for another key is refused', async () => {
    const { devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const mallory = new NewDevice();
    const own = await mallory.keyPackage(certificate(mallory.deviceId, alice.signatureKey));
    await expect(verifyKeyPackage(own.message, NOW, rules, suite)).rejects.toMatchObject({ code: 'credential_refused' });
    await expect(alice.group.commit({ add: [own.message], now: NOW })).rejects.toMatchObject({ code: 'credential_refused' });
  });

  it('a member that adds one anyway reaches neither relay nor members, and the joiner of such a group refuses too', async () => {
    const { relay, devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    const mallory = new NewDevice();
    const { publicPackage } = await mallory.keyPackage(certificate(mallory.deviceId, bob.signatureKey));
    const { commit, groupInfo } = await forgeCommit(stolenState(alice), [
      { proposalType: 'add', add: { keyPackage: publicPackage } },
    ]);
    await expect(bob.group.process(commit)).rejects.toMatchObject({ code: 'credential_refused' });
    await expect(verifyCommit(relay.public_, commit, groupInfo, rules, suite)).rejects.toMatchObject({
      code: 'credential_refused',
    });
  });

  it('a revoked device is neither added nor invited by', async () => {
    const { relay, devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const carol = new NewDevice();
    const own = await carol.keyPackage();
    const frame = await alice.group.commit({ add: [own.message], now: NOW });
    await relay.commit(frame);
    rules.revoked.add(toHex(alice.deviceId));
    await expect(Group.join(frame.welcome as Uint8Array, own, carol.env)).rejects.toMatchObject({ code: 'credential_refused' });
    rules.revoked.clear();
  });

  it('a member cannot take over another device with its update path', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const frame = await bob.group.commit({ identity: certificate(alice.deviceId, bob.signatureKey), now: NOW });
    await expect(relay.commit(frame)).rejects.toMatchObject({ code: 'identity_mismatch' });
    await expect(alice.group.process(frame.commit)).rejects.toMatchObject({ code: 'identity_mismatch' });
  });

  it('a key package in another than the shortest encoding is refused', async () => {
    const { message } = await new NewDevice().keyPackage();
    // Byte 8 is the length of the init key, 32: once more in two bytes.
    expect(message[8]).toBe(32);
    const longer = Uint8Array.of(...message.slice(0, 8), 0x40, ...message.slice(8));
    await expect(verifyKeyPackage(longer, NOW, rules, suite)).rejects.toMatchObject({ code: 'malformed' });
  });

  it('a key package that expired or is too long-lived is refused', async () => {
    const own = await new NewDevice().keyPackage();
    await expect(verifyKeyPackage(own.message, NOW + 90_000, rules, suite)).rejects.toMatchObject({
      code: 'key_package_invalid',
    });
    await expect(verifyKeyPackage(own.message, NOW - 7200, rules, suite)).rejects.toMatchObject({ code: 'key_package_invalid' });
  });
});

describe('external commits', () => {
  it('replacing the leaf of another device is refused by relay and members', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const mallory = new NewDevice();
    const own = await mallory.keyPackage();
    const decoded = decodeMlsMessage(relay.groupInfo, 0)?.[0];
    if (decoded?.wireformat !== 'mls_group_info') throw new Error('no GroupInfo');
    const config = {
      ...clientConfig(rules),
      keyPackageEqualityConfig: {
        compareKeyPackages: () => false,
        // Mallory's external commit removes leaf 1, which is not its own.
        compareKeyPackageToLeafNode: (_: unknown, leaf: { signaturePublicKey: Uint8Array }) =>
          toHex(leaf.signaturePublicKey) === toHex(bob.signatureKey),
      },
    };
    const { publicMessage, newState } = await joinGroupExternal(
      decoded.groupInfo,
      own.publicPackage,
      own.privatePackage,
      true,
      suite,
      undefined,
      config,
    );
    const commit = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage });
    const info = await createGroupInfoWithExternalPubAndRatchetTree(newState, [], suite);
    const groupInfo = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo: info });
    await expect(alice.group.process(commit)).rejects.toMatchObject({ code: 'identity_mismatch' });
    await expect(verifyCommit(relay.public_, commit, groupInfo, rules, suite)).rejects.toMatchObject({
      code: 'identity_mismatch',
    });
  });

  it('joining without a Remove is refused by relay and members', async () => {
    const { relay, devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const own = await new NewDevice().keyPackage();
    const decoded = decodeMlsMessage(relay.groupInfo, 0)?.[0];
    if (decoded?.wireformat !== 'mls_group_info') throw new Error('no GroupInfo');
    const { publicMessage, newState } = await joinGroupExternal(
      decoded.groupInfo,
      own.publicPackage,
      own.privatePackage,
      false,
      suite,
    );
    const commit = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_public_message', publicMessage });
    const info = await createGroupInfoWithExternalPubAndRatchetTree(newState, [], suite);
    const groupInfo = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo: info });
    await expect(alice.group.process(commit)).rejects.toMatchObject({ code: 'proposal_forbidden' });
    await expect(verifyCommit(relay.public_, commit, groupInfo, rules, suite)).rejects.toMatchObject({
      code: 'proposal_forbidden',
    });
  });

  it('a stranger cannot resynchronise', async () => {
    const { relay } = await groupOf(2);
    const stranger = new NewDevice();
    await expect(Group.resync(relay.groupInfo, await stranger.keyPackage(), stranger.env)).rejects.toMatchObject({
      code: 'not_member',
    });
  });
});

describe('what the relay is told', () => {
  it('GroupInfo of another epoch, another commit or another signer is refused', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const mine = await alice.group.commit({ now: NOW });
    const other = await bob.group.commit({ now: NOW });
    const check = (groupInfo: Uint8Array) => verifyCommit(relay.public_, mine.commit, groupInfo, rules, suite);
    await expect(check(relay.groupInfo)).rejects.toMatchObject({ code: 'group_info_mismatch' });
    await expect(check(other.groupInfo)).rejects.toMatchObject({ code: 'group_info_mismatch' });
    await expect(check(mine.groupInfo)).resolves.toBeDefined();
  });

  it('GroupInfo that another member signed is refused', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const frame = await alice.group.commit({ now: NOW });
    const decoded = decodeMlsMessage(frame.commit, 0)?.[0];
    if (decoded?.wireformat !== 'mls_public_message') throw new Error('no Commit');
    const { newState } = await processPublicMessage(stolenState(bob), decoded.publicMessage, emptyPskIndex, suite);
    const info = await createGroupInfoWithExternalPubAndRatchetTree(newState, [], suite);
    const groupInfo = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_group_info', groupInfo: info });
    await expect(verifyCommit(relay.public_, frame.commit, groupInfo, rules, suite)).rejects.toMatchObject({
      code: 'group_info_mismatch',
    });
  });

  it('no single changed byte of GroupInfo or Commit is accepted, but for tags that only members can verify', async () => {
    const { relay, devices } = await groupOf(2);
    const [alice] = devices as [Device];
    const frame = await alice.group.commit({ now: NOW });
    const refused = async (commit: Uint8Array, groupInfo: Uint8Array) =>
      verifyCommit(relay.public_, commit, groupInfo, rules, suite).then(
        () => false,
        (error) => error.name === 'MlsError',
      );
    for (let i = 0; i < frame.groupInfo.length; i += 7) {
      const changed = Uint8Array.from(frame.groupInfo);
      changed[i] = (changed[i] as number) ^ 1;
      expect(await refused(frame.commit, changed), `GroupInfo byte ${i}`).toBe(true);
    }
    // The last 33 bytes are the membership tag.
    for (let i = 0; i < frame.commit.length - 33; i += 7) {
      const changed = Uint8Array.from(frame.commit);
      changed[i] = (changed[i] as number) ^ 1;
      expect(await refused(changed, frame.groupInfo), `Commit byte ${i}`).toBe(true);
    }
  });

  it('a Commit signed by another member than it names is refused', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const state = stolenState(bob);
    const { commit, groupInfo } = await forgeCommit({ ...state, privatePath: { ...state.privatePath, leafIndex: 2 } }, []);
    await expect(verifyCommit(relay.public_, commit, groupInfo, rules, suite)).rejects.toMatchObject({ code: 'commit_invalid' });
    await expect(alice.group.process(commit)).rejects.toMatchObject({ code: 'commit_invalid' });
  });

  it('a relay that restarts goes on from what it stored', async () => {
    const { relay, devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const proposal = await bob.group.leave();
    await relay.leave(proposal);
    relay.public_ = await openPublicGroup(relay.groupInfo, [proposal], suite);
    await relay.update(alice);
    expect(relay.roster.members).toHaveLength(2);
  });
});

describe('messages', () => {
  it('one sent in the name of another member is not shown', async () => {
    const { devices } = await groupOf(3);
    const [alice, bob] = devices as [Device, Device];
    const state = stolenState(bob);
    // Bob knows the ratchet of alice's leaf, as every member does, but not her signing key.
    const { privateMessage } = await createApplicationMessage(
      { ...state, privatePath: { ...state.privatePath, leafIndex: 2 } },
      new Uint8Array(4),
      suite,
    );
    const forged = encodeMlsMessage({ version: 'mls10', wireformat: 'mls_private_message', privateMessage });
    await expect(alice.group.decrypt(forged)).rejects.toMatchObject({ code: 'undecryptable' });
  });

  it('a changed byte, other authenticated data or another group are refused, and the true one still opens', async () => {
    const { devices } = await groupOf(2);
    const [alice, bob] = devices as [Device, Device];
    const message = await alice.say('true');
    const cut = Uint8Array.from(message);
    cut[cut.length - 1] = (cut[cut.length - 1] as number) ^ 1;
    await expect(bob.group.decrypt(cut)).rejects.toMatchObject({ code: 'undecryptable' });
    const { devices: others } = await groupOf(2);
    await expect((others[1] as Device).group.decrypt(message)).rejects.toMatchObject({ code: 'wrong_group' });
    expect(await bob.hear(message)).toBe('true');
  });

  it('a removed member cannot read on, even with everything it ever held', async () => {
    const { relay, devices } = await groupOf(4);
    const [alice, bob, carol] = devices as [Device, Device, Device];
    const loot = carol.store.saved as SavedGroup;
    const removal = await alice.group.commit({ remove: [leafOf(relay, carol)], now: NOW });
    await relay.commit(removal);
    const secret = await bob.say('without carol');
    const copy = new NewDevice();
    copy.group = Group.open(loot, copy.env);
    await expect(copy.group.decrypt(secret)).rejects.toMatchObject({ code: 'epoch_ahead' });
    const state = stolenState(Object.assign(new NewDevice(), { store: { saved: loot } }) as Device);
    const decoded = decodeMlsMessage(removal.commit, 0)?.[0];
    if (decoded?.wireformat !== 'mls_public_message') throw new Error('no Commit');
    const { newState } = await processPublicMessage(state, decoded.publicMessage, emptyPskIndex, suite);
    expect(newState.groupActiveState.kind).toBe('removedFromGroup');
    expect(newState.groupContext.epoch).toBe(1n);
  });
});
