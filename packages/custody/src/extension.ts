/** Extension: the notice of an order is put off, by as many officers as the order itself needed (PROTOCOL 11.2). */
import { encode, ensure, equal, type Infer, list, struct } from '@countersign/bytes';
import { authorisationCodec } from './authorisation.ts';
import { checkNotice } from './check-order.ts';
import { countAuthorisations } from './count-authorisations.ts';
import type { Limits } from './limits.ts';
import type { Officers } from './officer-register.ts';
import { type Order, orderCodec, orderHash } from './order.ts';

export const extensionCodec = struct({ order: orderCodec, authorisations: list(authorisationCodec, 1, 65_535) });
export type Extension = Infer<typeof extensionCodec>;

/**
 * The new notify_by. `logged` is the order of the type 8 entry, `notifyBy` the date in force: the order's own, or the last valid
 * extension's. A change of anything else, a date not raised or too late is `order.notice_invalid`; then the codes of
 * CountAuthorisations, over the changed order's own hash.
 */
export function verifyExtension(
  extension: Extension,
  logged: Order,
  notifyBy: bigint,
  limits: Limits,
  officers: Officers,
): bigint {
  const { order, authorisations } = extension;
  const unchanged = encode(orderCodec, { ...order, notifyBy: logged.notifyBy });
  ensure(equal(unchanged, encode(orderCodec, logged)), 'order.notice_invalid');
  ensure(order.notifyBy > notifyBy, 'order.notice_invalid');
  checkNotice(order, limits);
  countAuthorisations(order, orderHash(order), authorisations, officers);
  return order.notifyBy;
}
