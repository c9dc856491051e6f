/** The MLS exporter's custody root, taken when an epoch begins, before its exporter secret is erased (PROTOCOL 5 and 6). */
import { CUSTODY_ROOT_EXPORTER_LABEL } from '@countersign/crypto';
import { type ClientState, mlsExporter } from 'ts-mls';
import { CUSTODY_CONTEXTS_MAX, EPOCHS_KEPT } from './limits.ts';
import type { Suite } from './suite.ts';

const CUSTODY_ROOT_BYTES = 32;

export interface CustodyRoot {
  readonly epoch: bigint;
  /** network_id || custody_key_id. */
  readonly context: Uint8Array;
  /** 32 bytes; the caller derives its day roots and then has it erased. */
  readonly root: Uint8Array;
}

/**
 * The custody roots of the epoch that `client` is in, and the same state without its exporter secret. More contexts than
 * `CUSTODY_CONTEXTS_MAX` are a RangeError.
 */
export async function takeCustodyRoots(
  client: ClientState,
  contexts: readonly Uint8Array[],
  suite: Suite,
): Promise<{ client: ClientState; roots: CustodyRoot[] }> {
  if (contexts.length > CUSTODY_CONTEXTS_MAX) throw new RangeError('too many custody contexts');
  const { exporterSecret } = client.keySchedule;
  const roots: CustodyRoot[] = [];
  for (const context of contexts) {
    const root = await mlsExporter(exporterSecret, CUSTODY_ROOT_EXPORTER_LABEL, context, CUSTODY_ROOT_BYTES, suite);
    roots.push({ epoch: client.groupContext.epoch, context: Uint8Array.from(context), root });
  }
  return { client: { ...client, keySchedule: { ...client.keySchedule, exporterSecret: new Uint8Array(0) } }, roots };
}

/** Only the roots of the last `EPOCHS_KEPT` epochs, counted back from `epoch`. */
export function keepRecentRoots(roots: readonly CustodyRoot[], epoch: bigint): CustodyRoot[] {
  return roots.filter((root) => root.epoch + BigInt(EPOCHS_KEPT) > epoch);
}
