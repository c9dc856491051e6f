/** Starts the worker and writes its report into the page, where the test reads it. */
import type { PageReport } from './report.ts';

function show(report: PageReport): void {
  const place = document.querySelector('#result') as HTMLElement;
  place.textContent = JSON.stringify(report, null, 2);
  place.dataset.done = 'true';
}

const worker = new Worker(new URL('./vectors.worker.ts', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }: MessageEvent<PageReport>) => show(data);
worker.onerror = (event) => show({ error: event.message || 'the worker did not start' });
