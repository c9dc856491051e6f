/** Three devices in one MLS group: created, joined by Welcome, and a message that two of them read. */
import { fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { createKeyPackage, createSuite, Group, type GroupEnvironment } from '@countersign/mls';
import type { GroupReport } from './report.ts';

const DAY_S = 86_400;
const TEXT = 'hello from the first';

/** Throws when the message's sender or authenticated data are not the ones sent. */
export async function runGroupOfThree(): Promise<GroupReport> {
  const start = performance.now();
  const { createDevice, env } = createDevices();
  const [first, second, third] = [await createDevice(), await createDevice(), await createDevice()];
  const { group } = await Group.create(crypto.randomBytes(16), first, env);
  const { commit, welcome } = await group.commit({ add: [second.message, third.message], now: Math.floor(Date.now() / 1000) });
  await group.process(commit);
  if (welcome === null) throw new Error('a Commit that adds has a Welcome');
  const others = [await Group.join(welcome, second, env), await Group.join(welcome, third, env)];

  const authenticatedData = crypto.randomBytes(32);
  const { message, leafIndex } = await group.encrypt(fromUtf8(TEXT), authenticatedData);
  const received = await Promise.all(others.map((other) => other.decrypt(message)));
  for (const { sender, authenticatedData: data } of received) {
    if (sender.leafIndex !== leafIndex || toHex(data) !== toHex(authenticatedData)) throw new Error('not the message sent');
  }
  return {
    received: received.map(({ plaintext }) => toUtf8(plaintext) ?? ''),
    epoch: String(group.epoch),
    runMs: Math.round(performance.now() - start),
  };
}

/** Devices that know each other's keys without certificates, and groups that only memory keeps. */
function createDevices() {
  const suite = createSuite(crypto.randomBytes);
  const known = new Map<string, string>();
  const env: GroupEnvironment = {
    suite,
    rules: {
      authenticate: (identity, signatureKey) => known.get(toHex(identity)) === toHex(signatureKey),
      parseIdentity: (identity) => ({ deviceId: identity }),
    },
    custodyContexts: () => [crypto.randomBytes(48)],
    store: { save: async () => {} },
  };
  const notBefore = Math.floor(Date.now() / 1000);
  const createDevice = () => {
    const [identity, signatureSeed] = [crypto.randomBytes(16), crypto.randomBytes(32)];
    known.set(toHex(identity), toHex(crypto.ed25519PublicKey(signatureSeed)));
    return createKeyPackage({ identity, signatureSeed, notBefore, notAfter: notBefore + DAY_S }, suite);
  };
  return { createDevice, env };
}
