/** `npm run bench -- NAME [--json] [--quick]`: runs one measured program and prints its figures, as a table or as one JSON line. */
import { parseArgs } from 'node:util';
import type { Bench, Figures } from './bench.ts';

const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  custody: async () => (await import('./benches/custody.ts')).custody,
};

function table(figures: Figures): string {
  const width = Math.max(...Object.keys(figures).map((name) => name.length));
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(width)}  ${value.toLocaleString('en')}\n`)
    .join('');
}

async function main(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
  });
  const [name = '', ...rest] = positionals;
  if (!Object.hasOwn(BENCHES, name) || rest.length > 0) {
    process.stderr.write(`usage: npm run bench -- NAME [--json] [--quick]; NAME is one of ${Object.keys(BENCHES).join(', ')}\n`);
    return 2;
  }
  const bench = await (BENCHES[name] as () => Promise<Bench>)();
  const figures = await bench({ quick: values.quick });
  process.stdout.write(values.json ? `${JSON.stringify({ bench: name, ...figures })}\n` : table(figures));
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
