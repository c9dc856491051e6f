/** Always visible: who reads, for which agency, under which order, what that covers and how much time is left. */
import { NativeSelect } from '@mantine/core';
import { useGateway, useNow, useOrderChoice, useOrders } from '../state/console.tsx';
import { agencyName, coverText, noticeText, orderTitle, timeLeft } from '../state/order-text.ts';

export function OrderRibbon() {
  const { officer, network } = useGateway();
  const { data, error } = useOrders();
  const { order, inForce, choose } = useOrderChoice();
  const nowMs = useNow();
  const left = order === null ? null : timeLeft(order, nowMs);
  return (
    <header className="rc-ribbon">
      <div className="rc-ribbon-who">
        <strong>{agencyName(officer.organisation, network)}</strong>
        <span className="rc-ribbon-dim">{officer.name}</span>
      </div>
      <NativeSelect
        aria-label="Order"
        className="rc-ribbon-order"
        value={order?.order_id ?? ''}
        onChange={(event) => choose(event.currentTarget.value || null)}
        data={[
          { value: '', label: inForce.length === 0 ? 'No order in force' : 'All orders in force' },
          ...(data ?? []).map((one) => ({ value: one.order_id, label: orderTitle(one) })),
        ]}
      />
      <div className="cs-grow rc-ribbon-cover">
        {order === null ? (
          <span>
            {inForce.length === 0
              ? 'Nothing can be read: no order in force names your agency.'
              : `${inForce.length} orders in force name your agency.`}
          </span>
        ) : (
          <>
            <span>{coverText(order, network)}</span>
            <span className="rc-ribbon-dim">
              {order.grants_held} of at most {order.max_grants} keys held
              {order.grants_waiting > 0 ? `, ${order.grants_waiting} waiting` : ''}; {noticeText(order)}
            </span>
          </>
        )}
      </div>
      {left !== null && (
        <strong className={`rc-left rc-left-${left.tone}`} role="timer" aria-live="off">
          {left.text}
        </strong>
      )}
      {error !== null && <strong className="rc-left rc-left-over">orders not refreshed</strong>}
    </header>
  );
}
