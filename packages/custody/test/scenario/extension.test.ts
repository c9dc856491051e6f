/** The notice of an order is put off: by as many officers as the order needed, for everybody after it, and never without end. */
import { encode } from '@countersign/bytes';
import { expect, test } from 'vitest';
import { EntryType, extensionCodec, listOverdue, type Order, readDossier, verifyGate } from '../../src/index.ts';
import { Court, codeOf, DAY, liveWarrant } from '../court.ts';

const order = liveWarrant();
const LATER_S = 864_000n;

/** Logged by judge 1 with the date in force before it. */
function extend(court: Court, by: bigint, inForce: bigint, judges: readonly string[], withheld = false): Order {
  const extended = { ...order, notifyBy: order.notifyBy + by };
  const authorisations = judges.map((judge) => court.decisionOf(extended, judge));
  const body = encode(extensionCodec, { order: extended, authorisations });
  court.commit(EntryType.extension, 'judge 1', body, { handle: order.orderId, noticeBy: inForce, withheld });
  return extended;
}

function approvedCourt(): Court {
  const court = new Court();
  court.issue(order);
  court.decide(order, 'judge 1');
  court.decide(order, 'judge 2');
  return court;
}

test('entries after a valid extension carry its date, and the order still releases', () => {
  const court = approvedCourt();
  const extended = extend(court, LATER_S, order.notifyBy, ['judge 1', 'judge 2']);
  expect(readDossier(court.log, order.orderId).notifyBy).toBe(extended.notifyBy);
  const sent = court.send(DAY);
  const wrong = court.request(order, [sent]);
  expect(codeOf(() => verifyGate(court.present(wrong, [sent]), court.log, court.keeper()))).toBe('log.notice_mismatch');

  const again = approvedCourt();
  const longer = extend(again, LATER_S, order.notifyBy, ['judge 1', 'judge 2']);
  const message = again.send(DAY);
  const options = { orderHash: readDossier(again.log, order.orderId).orderHash };
  const index = again.request({ ...order, notifyBy: longer.notifyBy }, [message], options);
  const plan = verifyGate(again.present(index, [message]), again.log, again.keeper());
  expect(plan.notifyBy).toBe(longer.notifyBy);
});

test('an extension by too few officers moves nothing', () => {
  const court = approvedCourt();
  extend(court, LATER_S, order.notifyBy, ['judge 1']);
  expect(readDossier(court.log, order.orderId).notifyBy).toBe(order.notifyBy);
  expect(listOverdue(court.log, Number(order.notifyBy))).toHaveLength(1);
});

test('a second extension raises the date of the first', () => {
  const court = approvedCourt();
  const first = extend(court, LATER_S, order.notifyBy, ['judge 1', 'judge 2']);
  extend(court, LATER_S / 2n, first.notifyBy, ['judge 1', 'judge 2']);
  const third = extend(court, 2n * LATER_S, first.notifyBy, ['judge 2', 'judge 3']);
  expect(readDossier(court.log, order.orderId).extensions.map(({ notifyBy }) => notifyBy)).toEqual([
    first.notifyBy,
    third.notifyBy,
  ]);
});

test('the public lists no order as overdue while an extension may have moved its date', () => {
  const court = approvedCourt();
  extend(court, LATER_S, order.notifyBy, ['judge 1', 'judge 2'], true);
  expect(listOverdue(court.log, Number(order.notifyBy))).toEqual([]);
});
