/** Layer 2: AC1 as pure rules, from scope and grant to order, release and evidence. */
export * from './custody-key.ts';
export * from './day.ts';
export * from './day-root.ts';
export * from './derive.ts';
export * from './grant.ts';
export * from './ids.ts';
export * from './notice.ts';
export * from './padding.ts';
export * from './roster.ts';
export * from './scope.ts';
export * from './signed.ts';
