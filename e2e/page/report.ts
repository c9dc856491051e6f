/** What the worker tells the page, and the page shows as JSON in `#result`. */

export interface VectorsReport {
  readonly passed: number;
  /** `section: name: reason` of each case that failed. */
  readonly failures: readonly string[];
  readonly runMs: number;
}

export interface GroupReport {
  /** What the two other members read of the message that the first sent. */
  readonly received: readonly string[];
  readonly epoch: string;
  readonly runMs: number;
}

/** `error` stands alone: the worker failed before it could report. */
export type PageReport = { readonly vectors: VectorsReport; readonly group: GroupReport } | { readonly error: string };
