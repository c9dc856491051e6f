/** The document checks as functions: `main.ts` runs them over the checkout, the tests over planted faults. */
export { checkCommands } from './commands.ts';
export { makeDocuments } from './documents.ts';
export { checkErrorCodes } from './error-codes.ts';
export { checkLinks } from './links.ts';
