/** Layer 4: the transparency log. */
export { type LogbookConfig, parseConfig } from './config.ts';
export { type LogbookPort, startLogbook } from './start.ts';
