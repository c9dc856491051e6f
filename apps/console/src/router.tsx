/** An address for every view: `/feed`, `/search`, `/conversations/ID`, `/orders`, each with the order it reads under. */
import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { ConversationView } from './views/conversation-view.tsx';
import { FeedView } from './views/feed-view.tsx';
import { Frame } from './views/frame.tsx';
import { OrdersView } from './views/orders-view.tsx';
import { SearchView } from './views/search-view.tsx';

export interface Search {
  /** Order id. */
  readonly order?: string | undefined;
  /** Words looked for. */
  readonly q?: string | undefined;
  /** The message that is looked at, and when it was received. */
  readonly message?: string | undefined;
  readonly at?: number | undefined;
}

const HEX = /^[0-9a-f]{1,128}$/;

/** Anything else in an address is left out. */
export function parseSearch(raw: Readonly<Record<string, unknown>>): Search {
  const { order, q, message, at } = raw;
  return {
    ...(typeof order === 'string' && HEX.test(order) ? { order } : {}),
    ...(typeof q === 'string' || typeof q === 'number' ? { q: String(q).slice(0, 500) } : {}),
    ...(typeof message === 'string' && HEX.test(message) ? { message } : {}),
    ...(typeof at === 'number' && Number.isSafeInteger(at) ? { at } : {}),
  };
}

const root = createRootRoute({ component: Frame, validateSearch: parseSearch });
const index = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/feed' });
  },
});
const feed = createRoute({ getParentRoute: () => root, path: '/feed', component: FeedView });
const search = createRoute({ getParentRoute: () => root, path: '/search', component: SearchView });
const conversation = createRoute({ getParentRoute: () => root, path: '/conversations/$id', component: ConversationView });
const orders = createRoute({ getParentRoute: () => root, path: '/orders', component: OrdersView });

/** Text stays text in an address: an order id that happens to be all digits is no number. */
function parseAddress(text: string): Record<string, unknown> {
  const values = Object.fromEntries(new URLSearchParams(text)) as Record<string, unknown>;
  return typeof values.at === 'string' ? { ...values, at: Number(values.at) } : values;
}

function formatAddress(search: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) if (value !== undefined && value !== '') query.set(name, String(value));
  return query.size === 0 ? '' : `?${query}`;
}

export const router = createRouter({
  routeTree: root.addChildren([index, feed, search, conversation, orders]),
  parseSearch: parseAddress,
  stringifySearch: formatAddress,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
