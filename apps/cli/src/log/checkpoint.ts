/** The newest checkpoint of a log, verified with its witnesses (PROTOCOL 11.1). */
import { toHex } from '@countersign/bytes';
import { anchorPolicy } from '@countersign/service';
import { verifyCheckpoint } from '@countersign/tlog';
import { type Cli, nowOf } from '../cli.ts';
import { callService } from '../network/http.ts';
import type { LogOptions } from '../verbs/log.ts';
import { knownNetwork } from './known-network.ts';

const CALL_MAX_MS = 15_000;

export async function readCheckpoint(cli: Cli, options: LogOptions) {
  const { anchor, pinned } = await knownNetwork(options);
  const response = await callService(`${options.log}/checkpoint`, { signal: AbortSignal.timeout(CALL_MAX_MS) });
  const note = new Uint8Array(await response.arrayBuffer());
  const { origin, size, root, cosignatures } = verifyCheckpoint(note, anchorPolicy(anchor), nowOf(cli));
  return {
    origin,
    size,
    root: toHex(root),
    witnesses: cosignatures.map((item) => item.key.name),
    pinned,
    note: Buffer.from(note).toString('utf8'),
  };
}
