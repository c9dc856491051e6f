/** `npm run docs`: prints every place where a document and the code disagree, and fails if there is one. */
import process from 'node:process';
import { AC1_CODES } from '@countersign/bytes';
import { checkCommands } from './commands.ts';
import { readDocuments } from './documents.ts';
import { checkErrorCodes } from './error-codes.ts';
import { checkLinks } from './links.ts';

const documents = readDocuments(process.cwd());
const protocol = documents.texts.get('PROTOCOL.md') ?? '';
const found = [...checkLinks(documents), ...checkCommands(documents), ...checkErrorCodes(protocol, AC1_CODES)];
for (const line of found) console.log(line);
console.log(found.length === 0 ? `docs: ${documents.texts.size} documents agree with the code` : `docs: ${found.length} found`);
process.exitCode = found.length === 0 ? 0 : 1;
