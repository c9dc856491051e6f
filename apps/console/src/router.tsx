/** An address for every view: `/feed`, `/search`, `/conversations/ID`, `/orders`, each with the order it reads under. */
import { createRootRoute, createRoute, createRouter, redirect } from '@tanstack/react-router';
import { formatAddress, parseAddress, parseSearch } from './state/address.ts';
import { ConversationView } from './views/conversation-view.tsx';
import { FeedView } from './views/feed-view.tsx';
import { Frame } from './views/frame.tsx';
import { OrdersView } from './views/orders-view.tsx';
import { SearchView } from './views/search-view.tsx';

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
