/** Approvals: what this custodian's human decided about each order; without his approval no share is touched (docs/network.md, custodian). */
import { equal, toHex } from '@countersign/bytes';
import type { Random } from '@countersign/crypto';
import type { Hash } from '@countersign/custody';
import { SealedRecords } from './sealed-records.ts';

const RECORD_BYTES_MAX = 1024;

export type HumanDecision = 'approve' | 'refuse';

interface ApprovalRecord {
  readonly orderId: Uint8Array;
  readonly orderHash: Hash;
  readonly decision: HumanDecision;
  /** Unix seconds. */
  readonly time: number;
}

export class Approvals {
  /** By order id in hex; the last one counts. */
  readonly #decisions = new Map<string, ApprovalRecord>();
  #records: SealedRecords<ApprovalRecord> | null = null;

  private constructor() {}

  static async open(options: { readonly path: string; readonly key: Uint8Array; readonly random: Random }): Promise<Approvals> {
    const approvals = new Approvals();
    approvals.#records = await SealedRecords.open<ApprovalRecord>({ ...options, recordBytesMax: RECORD_BYTES_MAX }, (record) => {
      approvals.#decisions.set(toHex(record.orderId), record);
    });
    return approvals;
  }

  /** Resolves when the decision is durable. */
  async decide(record: ApprovalRecord): Promise<void> {
    await this.#records?.append([record]);
    this.#decisions.set(toHex(record.orderId), record);
  }

  /** The decision on exactly this order, or null. */
  of(orderId: Uint8Array, orderHash: Hash): HumanDecision | null {
    const record = this.#decisions.get(toHex(orderId));
    return record !== undefined && equal(record.orderHash, orderHash) ? record.decision : null;
  }

  async close(): Promise<void> {
    await this.#records?.close();
  }
}
