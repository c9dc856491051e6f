/** Layer 4: the notice service. A process of its own; nothing imports it but its tests. */
export { type DueOrder, dueOrders, GrantSenders } from './due-orders.ts';
export { formatNotice, type NoticeFacts } from './notice-text.ts';
