/** An MLS group of devices without certificates, kept in memory: what it costs is MLS alone. */
import { toHex } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { createKeyPackage, createSuite, Group, type GroupEnvironment } from '@countersign/mls';

const DAY_S = 86_400;
/** As in an envelope's delivery: env_hash. */
const AUTHENTICATED_DATA = new Uint8Array(32);

export interface MlsPair {
  encrypt(message: Uint8Array): Promise<Uint8Array>;
  /** Each message once. */
  decrypt(message: Uint8Array): Promise<Uint8Array>;
}

/** The first member, who sends, and the last, who receives, of a group of `members`. */
export async function createMlsPair(members: number): Promise<MlsPair> {
  const suite = createSuite(crypto.randomBytes);
  const known = new Map<string, string>();
  const env: GroupEnvironment = {
    suite,
    rules: {
      authenticate: (identity, signatureKey) => known.get(toHex(identity)) === toHex(signatureKey),
      parseIdentity: (identity) => ({ deviceId: identity }),
    },
    custodyContexts: () => [],
    store: { save: async () => {} },
  };
  const notBefore = Math.floor(Date.now() / 1000);
  const createDevice = () => {
    const [identity, signatureSeed] = [crypto.randomBytes(16), crypto.randomBytes(32)];
    known.set(toHex(identity), toHex(crypto.ed25519PublicKey(signatureSeed)));
    return createKeyPackage({ identity, signatureSeed, notBefore, notAfter: notBefore + DAY_S }, suite);
  };

  const { group: sender } = await Group.create(crypto.randomBytes(16), await createDevice(), env);
  const others = await Promise.all(Array.from({ length: members - 1 }, createDevice));
  const { commit, welcome } = await sender.commit({
    add: others.map(({ message }) => message),
    now: Math.floor(Date.now() / 1000),
  });
  await sender.process(commit);
  const last = others.at(-1);
  if (welcome === null || last === undefined) throw new RangeError('a pair needs two members');
  const receiver = await Group.join(welcome, last, env);
  return {
    encrypt: async (message) => (await sender.encrypt(message, AUTHENTICATED_DATA)).message,
    decrypt: async (message) => (await receiver.decrypt(message)).plaintext,
  };
}
