/** The proof file of one entry: it shows offline that the entry is in the witnessed log (C2SP tlog-proof). */
import { writeFile } from 'node:fs/promises';
import { toHex } from '@countersign/bytes';
import { formatProofFile } from '@countersign/tlog';
import type { Cli } from '../cli.ts';
import { CliError } from '../failure.ts';
import { withLogCopy } from '../network/log-copy.ts';
import type { LogOptions } from '../verbs/log.ts';
import { knownNetwork } from './known-network.ts';

export async function proveEntry(cli: Cli, options: LogOptions, index: number, out: string | null) {
  const network = await knownNetwork(options);
  const shown = await withLogCopy(cli, network, async (copy) => {
    if (index >= copy.size) throw new CliError('log.not_included', `the log has ${copy.size} entries, from 0 on`);
    const { note } = copy.freshCheckpoint();
    const proof = formatProofFile({ extra: null, index, proof: copy.proveInclusion(index), checkpoint: note });
    return { index, entry: toHex(copy.entry(index)), proof: Buffer.from(proof).toString('utf8') };
  });
  if (out !== null) await writeFile(out, shown.proof);
  return { ...shown, file: out, pinned: network.pinned };
}
