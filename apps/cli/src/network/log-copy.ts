/** The log as a command reads it: its own copy in memory, every entry judged, up to the checkpoint of this moment. */
import { fromHex } from '@countersign/bytes';
import { Fields, LogMirror, parseNetwork, type TrustAnchor } from '@countersign/service';
import { parseCheckpoint } from '@countersign/tlog';
import { type Cli, nowOf } from '../cli.ts';
import { callService } from './http.ts';

const READ_MAX_MS = 120_000;

/** What network.json says beside the addresses. */
export interface KnownNetwork {
  readonly anchor: TrustAnchor;
  readonly annex: Uint8Array;
}

/** Throws a ConfigError for a text that is no network.json. */
export function parseKnownNetwork(json: unknown): KnownNetwork {
  const fields = new Fields(json);
  return { anchor: parseNetwork(fields), annex: fromHex(fields.text('annex')) };
}

/** Reads the whole log, hands the copy to `use`, and lets it go. */
export async function withLogCopy<T>(
  cli: Cli,
  { anchor, annex }: KnownNetwork,
  use: (copy: LogMirror) => Promise<T>,
): Promise<T> {
  const size = await publishedSize(anchor.log.url);
  const mirror = await LogMirror.open({ anchor, dir: null, now: () => nowOf(cli) });
  mirror.start();
  try {
    await mirror.waitForSize(size, AbortSignal.timeout(READ_MAX_MS));
    if (mirror.directory.hasProfile) mirror.directory.addAnnex(annex);
    return await use(mirror);
  } finally {
    await mirror.stop();
  }
}

/** As the log says; the copy believes only what is proven. */
async function publishedSize(url: string): Promise<number> {
  const response = await callService(`${url}/checkpoint`, { signal: AbortSignal.timeout(READ_MAX_MS) });
  return parseCheckpoint(new Uint8Array(await response.arrayBuffer())).size;
}
