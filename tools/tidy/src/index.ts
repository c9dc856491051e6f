/** The style test as a function: `main.ts` runs it over the checkout, the tests over planted violations. */
export { makeRepo, type Repo } from './repo.ts';
export type { Finding, Rule } from './rule.ts';
export { RULES } from './rules/index.ts';
