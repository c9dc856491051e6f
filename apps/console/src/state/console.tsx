/** What every view shares: the signed-in gateway, the clock, and the chosen order. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { createContext, useContext, useEffect, useState } from 'react';
import type { Gateway } from '../api/gateway.ts';
import type { OrderView } from '../api/types.ts';

const GatewayContext = createContext<Gateway | null>(null);
export const GatewayProvider = GatewayContext;

export function useGateway(): Gateway {
  const gateway = useContext(GatewayContext);
  if (gateway === null) throw new Error('useGateway before signing in');
  return gateway;
}

const ORDERS_REFRESH_MS = 5_000;

export function useOrders() {
  const gateway = useGateway();
  return useQuery({
    queryKey: ['orders'],
    queryFn: async ({ signal }) => (await gateway.get<{ orders: readonly OrderView[] }>('/v1/orders', {}, signal)).orders,
    refetchInterval: ORDERS_REFRESH_MS,
  });
}

export interface OrderChoice {
  /** Named by the address, or the only one in force; null: none, or all of them where a view can do that. */
  readonly order: OrderView | null;
  readonly inForce: readonly OrderView[];
  readonly choose: (orderId: string | null) => void;
}

/** The order under which a view reads, from its address. */
export function useOrderChoice(): OrderChoice {
  const { order: named } = useSearch({ strict: false });
  const navigate = useNavigate();
  const { data } = useOrders();
  const orders = data ?? [];
  const inForce = orders.filter(({ state }) => state === 'in_force');
  const order = orders.find(({ order_id }) => order_id === named) ?? (inForce.length === 1 ? (inForce[0] ?? null) : null);
  const choose = (orderId: string | null) =>
    void navigate({ to: '.', search: (before) => ({ ...before, order: orderId ?? undefined }) });
  return { order, inForce, choose };
}

/** Unix milliseconds, once a second. */
export function useNow(): number {
  const [nowMs, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}
