/** Layer 3: what every service process shares. */
export { createHttp, describeError, type HttpOptions, listen } from './http.ts';
export { NonceMemory } from './nonces.ts';
export { type ProcessPort, type Running, runService, type ServiceContext } from './process.ts';
