/** A log for the witness tests: keys from fixed names, checkpoints of any entries, and requests about them. */
import { fromUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import {
  createCheckpoint,
  deriveSignerKey,
  deriveVerifierKey,
  entryHash,
  formatAddCheckpoint,
  LOG_KEY,
  LogTree,
  parseCosignaturesAnswer,
  parseNote,
  verifyCosignature,
  WITNESS_KEY,
} from '@countersign/tlog';

const seedOf = (name: string): Uint8Array => crypto.sha256(fromUtf8(name));
export const ORIGIN = 'log.example/test';
export const witnessKey = deriveVerifierKey('w1', WITNESS_KEY, crypto.ed25519PublicKey(seedOf('w1')));

export const configOf = (dir: string) => ({
  dir,
  name: 'w1',
  key_seed: Buffer.from(seedOf('w1')).toString('hex'),
  logs: [{ origin: ORIGIN, key: Buffer.from(crypto.ed25519PublicKey(seedOf('log'))).toString('hex') }],
  listen: { host: '127.0.0.1', public_port: 0, private_port: 0 },
});

export function treeOf(entries: readonly string[]): LogTree {
  const tree = LogTree.open(0, () => {
    throw new RangeError('the trees of these tests have no full tile');
  });
  tree.append(entries.map((entry) => entryHash(fromUtf8(entry))));
  return tree;
}

function checkpointOf(tree: LogTree): Uint8Array {
  return createCheckpoint(tree.head(), deriveSignerKey(ORIGIN, LOG_KEY, seedOf('log')));
}

/** Asks to cosign the tree; the proof is from the first `oldSize` entries of `from`. */
export async function addCheckpoint(
  url: string,
  tree: LogTree,
  oldSize: number,
): Promise<{ readonly status: number; readonly body: string }> {
  const proof = oldSize <= tree.size ? tree.proveConsistency(oldSize) : [];
  const request = formatAddCheckpoint({ oldSize, proof, checkpoint: checkpointOf(tree) });
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body: Buffer.from(request) });
  return { status: response.status, body: await response.text() };
}

/** Whether the answer is the witness's cosignature of exactly this tree. */
export function isCosigned(body: string, tree: LogTree): boolean {
  const [line] = parseCosignaturesAnswer(fromUtf8(body));
  if (line === undefined) return false;
  verifyCosignature(parseNote(checkpointOf(tree)).text, line, witnessKey);
  return true;
}
