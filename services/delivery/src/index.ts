/** The delivery service, for those who run it inside another process: tests and benchmarks. */
export { type DeliveryConfig, parseDeliveryConfig } from './config.ts';
export { type DeliveryContext, startDelivery } from './service.ts';
