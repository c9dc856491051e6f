/** Layer 4: the notice service. A process of its own; nothing imports it but its tests. */
export { formatNotice } from './notice-text.ts';
