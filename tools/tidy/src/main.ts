/** `npm run tidy`: prints every breach of a house rule as `path:line rule: what is wrong`, and fails if there is one. */
import process from 'node:process';
import { readRepo } from './repo.ts';
import { RULES } from './rules/index.ts';

const repo = readRepo(process.cwd());
let count = 0;
for (const rule of RULES) {
  for (const { path, line, message } of rule.check(repo)) {
    console.log(`${path}:${line} ${rule.name}: ${message}`);
    count += 1;
  }
}
console.log(count === 0 ? `tidy: ${repo.sources.length} files, ${RULES.length} rules` : `tidy: ${count} found`);
process.exitCode = count === 0 ? 0 : 1;
