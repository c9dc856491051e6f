/** Layer 4: a custodian agent; other processes reach it over HTTP alone. */
export { type CustodianConfig, parseConfig } from './config.ts';
export { startCustodian } from './custodian.ts';
