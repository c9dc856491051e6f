/** Layer 4: the review gateway. A process of its own; nothing imports it but its tests. */
export { parseReviewConfig } from './config.ts';
export { startReview } from './start.ts';
