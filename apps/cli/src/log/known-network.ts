/** Whom a check of the log believes: network.json from a file, or the log's own word for it. */
import { CliError } from '../failure.ts';
import { fetchJson } from '../network/http.ts';
import { type KnownNetwork, parseKnownNetwork } from '../network/log-copy.ts';
import { readInput } from '../options.ts';
import type { LogOptions } from '../verbs/log.ts';

export interface PinnedNetwork extends KnownNetwork {
  /** Whether the keys came from elsewhere than the log. */
  readonly pinned: boolean;
}

/** The log is read where `--log` says, whatever address the file has. */
export async function knownNetwork({ log, network }: LogOptions): Promise<PinnedNetwork> {
  const json = network === undefined ? await fetchJson(`${log}/network.json`) : parseFile(await readInput(network), network);
  const known = parseKnownNetwork(json);
  return {
    annex: known.annex,
    anchor: { ...known.anchor, log: { ...known.anchor.log, url: log } },
    pinned: network !== undefined,
  };
}

function parseFile(bytes: Buffer, path: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new CliError('input.malformed', `${path} is no network.json`, undefined, { cause });
  }
}
