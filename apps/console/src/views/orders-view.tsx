/** The orders that name the officer's agency, in force or not, with what each covers. */
import { EmptyNotice, ErrorNotice, LoadingNotice, Stamp } from '@countersign/ui';
import { errorText } from '@countersign/ui/text';
import { Table } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { OrderView } from '../api/types.ts';
import { useGateway, useNow, useOrders } from '../state/console.tsx';
import { coverText, orderTitle, timeLeft } from '../state/order-text.ts';

export function OrdersView() {
  const { data, error, refetch } = useOrders();
  if (data === undefined && error !== null) return <ErrorNotice error={error} retry={() => void refetch()} />;
  if (data === undefined) return <LoadingNotice what="Reading the orders" />;
  if (data.length === 0) {
    return (
      <EmptyNotice title="No order names your agency">
        An order is drafted, authorised and submitted with the command line.
      </EmptyNotice>
    );
  }
  return (
    <section className="rc-view cs-scroll" aria-label="Orders">
      <Table className="rc-orders" verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Order</Table.Th>
            <Table.Th>Covers</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Keys</Table.Th>
            <Table.Th>Ends</Table.Th>
            <Table.Th>Notice by</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.map((order) => (
            <OrderRow key={order.order_id} order={order} />
          ))}
        </Table.Tbody>
      </Table>
    </section>
  );
}

function OrderRow({ order }: { readonly order: OrderView }) {
  const { network } = useGateway();
  const nowMs = useNow();
  const left = timeLeft(order, nowMs);
  return (
    <Table.Tr>
      <Table.Td data-label="Order">
        <Link to="/feed" search={{ order: order.order_id }} className="rc-link">
          {orderTitle(order)}
        </Link>
        <div className="cs-dim">
          <code>{order.order_id.slice(0, 16)}</code>
        </div>
      </Table.Td>
      <Table.Td data-label="Covers">{coverText(order, network)}</Table.Td>
      <Table.Td data-label="State">
        <strong className={`rc-left rc-left-${left.tone}`}>{order.state === 'in_force' ? left.text : order.state}</strong>
        {order.code !== null && (
          <div className="cs-dim">
            {errorText(order.code).title} <code>{order.code}</code>
          </div>
        )}
      </Table.Td>
      <Table.Td data-label="Keys" className="rc-nowrap">
        {order.grants_held} of {order.max_grants}
        {order.grants_waiting > 0 && <div className="cs-dim">{order.grants_waiting} waiting</div>}
      </Table.Td>
      <Table.Td data-label="Ends">
        <Stamp ms={order.expires * 1000} as="full" />
      </Table.Td>
      <Table.Td data-label="Notice by">
        <Stamp ms={order.notify_by * 1000} as="full" />
      </Table.Td>
    </Table.Tr>
  );
}
