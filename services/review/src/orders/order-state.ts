/** What a refusal means for an order: wait, or destroy what was obtained (PROTOCOL 12 rule 5, 18.6). */
import type { Ac1Code } from '@countersign/bytes';

/** No later entry brings these orders back. */
const ENDING: ReadonlySet<Ac1Code> = new Set<Ac1Code>([
  'authorisation.refused',
  'order.expired',
  'order.revoked',
  'order.review_overdue',
]);

/** Whether an order that is refused with `code` has ended; any other code only stops reading until it is gone. */
export function isEnd(code: Ac1Code): boolean {
  return ENDING.has(code);
}
