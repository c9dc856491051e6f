/** A service for the supervisor's tests: ready at once, or ending before it is, as its configuration says. */
import { readFileSync } from 'node:fs';

const { readyAfterMs, endsWith } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
if (endsWith !== undefined) process.exit(endsWith);
process.on('SIGTERM', () => process.exit(0));
process.on('disconnect', () => process.exit(0));
setTimeout(() => process.stdout.write('{"ready":true,"name":"test","urls":{}}\n'), readyAfterMs ?? 0);
setInterval(() => {}, 60_000);
