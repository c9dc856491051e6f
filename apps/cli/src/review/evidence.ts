/** The work of `evidence`: a disclosure fetched from the gateway, and its check offline. */
import { open, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fromHex } from '@countersign/bytes';
import { verifyEvidence } from '@countersign/verify';
import type { Cli } from '../cli.ts';
import { describeFailure } from '../failure.ts';
import { callService } from '../network/http.ts';
import { readInput } from '../options.ts';
import type { ExportOptions } from '../verbs/evidence.ts';
import { type OfficersGateway, openGateway, readPages } from './gateway.ts';

const EXPORT_MAX_MS = 600_000;

export async function exportEvidence(cli: Cli, options: ExportOptions): Promise<{ readonly bytes: number }> {
  const gateway = await openGateway(cli, options.data, options.as);
  const bytes = await fetchEvidence(gateway, options.order, options.conversation ?? null);
  await writeWhole(options.out, bytes);
  return { bytes: bytes.length };
}

/** All that the order reaches, or one conversation. */
export async function fetchEvidence(
  gateway: Pick<OfficersGateway, 'url' | 'authorization'>,
  order: string,
  conversation: string | null,
): Promise<Uint8Array> {
  const messages = conversation === null ? null : await readPages(gateway, `/v1/conversations/${conversation}?`, order);
  const body = {
    order,
    ...(messages === null ? {} : { message_ids: messages.map(({ message_id }) => message_id) }),
  };
  const signal = AbortSignal.timeout(EXPORT_MAX_MS);
  const { url, authorization } = gateway;
  const response = await callService(`${url}/v1/evidence`, { authorization, body, signal });
  return new Uint8Array(await response.arrayBuffer());
}

/** A file that is there is whole. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const fresh = join(dirname(path), `.${basename(path)}.new`);
  const file = await open(fresh, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(fresh, path);
}

export type Verdict =
  | {
      readonly valid: true;
      readonly messages: number;
      readonly gaps: number;
      /** Shown shut: their headers and hashes are there, their content is not. */
      readonly withheld: number;
      /** Whether the network's root key came from elsewhere than the file. */
      readonly pinned: boolean;
    }
  | { readonly valid: false; readonly code: string; readonly message: string };

export async function verifyEvidenceFile(path: string, network: string | null): Promise<Verdict> {
  const bytes = await readInput(path);
  const rootKey = network === null ? null : await readRootKey(network);
  return judgeEvidence(new Uint8Array(bytes), rootKey);
}

/** Never throws for what is in the file: a refusal is an answer. */
export function judgeEvidence(bytes: Uint8Array, rootKey: Uint8Array | null): Verdict {
  try {
    const { messages, gaps, withheld, isRootTrusted } = verifyEvidence(bytes, rootKey === null ? {} : { rootKey });
    return { valid: true, messages: messages.length, gaps: gaps.length, withheld: withheld.length, pinned: isRootTrusted };
  } catch (error) {
    const { code, message } = describeFailure(error);
    return { valid: false, code, message };
  }
}

async function readRootKey(path: string): Promise<Uint8Array> {
  const json = JSON.parse((await readInput(path)).toString('utf8')) as { readonly root_key: string };
  return fromHex(json.root_key);
}
