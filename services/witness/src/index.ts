/** Layer 4: a witness of the log. */
export { parseConfig, type WitnessServiceConfig } from './config.ts';
export { startWitness, type WitnessPort } from './start.ts';
