/** All AC1 vectors and a group of three, on the browser's backend, in the kind of worker that the messenger uses. */
import { ac1Ops, parseVectorFile, runFile } from '@countersign/vectors';
import { runGroupOfThree } from './group-of-three.ts';
import type { PageReport, VectorsReport } from './report.ts';

async function runVectors(): Promise<VectorsReport> {
  const response = await fetch(new URL('../../vectors/data/ac1.json', import.meta.url));
  const file = parseVectorFile(await response.text());
  const start = performance.now();
  const { passed, failures } = runFile(ac1Ops, file);
  return {
    passed,
    failures: failures.map(({ section, name, reason }) => `${section}: ${name}: ${reason}`),
    runMs: Math.round(performance.now() - start),
  };
}

async function run(): Promise<PageReport> {
  return { vectors: await runVectors(), group: await runGroupOfThree() };
}

run().then(
  (report) => postMessage(report),
  (error: unknown) => postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
);
