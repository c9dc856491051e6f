/** What Node proves about our vectors and MLS holds in a browser too, on the backend that browsers get, from one origin alone. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PageReport } from '../page/report.ts';
import { type BuiltSite, buildSite } from './built-site.ts';
import { launchChromium } from './chromium.ts';

const RUN_MAX_MS = 120_000;

const PAGE = fileURLToPath(new URL('../page', import.meta.url));
const VECTORS = new URL('../../vectors/data/ac1.json', import.meta.url);

let site: BuiltSite;
let browser: Browser;
let report: PageReport;
const requested: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  site = await buildSite(PAGE);
  const page = await browser.newPage();
  page.on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.goto(site.origin);
  const result = page.locator('#result[data-done]');
  await result.waitFor({ timeout: RUN_MAX_MS });
  report = JSON.parse((await result.textContent()) as string) as PageReport;
}, 2 * RUN_MAX_MS);

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

describe('in Chromium', () => {
  test('the worker ran to its end', () => {
    expect(report).not.toHaveProperty('error');
    expect(complaints).toEqual([]);
  });

  test('every AC1 vector passes', () => {
    const { count } = JSON.parse(readFileSync(VECTORS, 'utf8')) as { count: number };
    expect(report).toMatchObject({ vectors: { passed: count, failures: [] } });
  });

  test('a group of three exchanges messages', () => {
    expect(report).toMatchObject({ group: { received: ['hello from the first', 'hello from the first'] } });
  });

  test('nothing is asked of another origin', () => {
    // The vectors are fetched by the worker: its requests are seen too.
    expect(requested.filter((url) => /\/ac1[^/]*\.json$/.test(url))).toHaveLength(1);
    expect(requested.filter((url) => !url.startsWith(`${site.origin}/`) && !url.startsWith('data:'))).toEqual([]);
  });

  test('nothing breaks the policy that the apps live under', () => {
    expect(site.violations).toEqual([]);
  });

  test('no script needs a module of Node', () => {
    const needy = [...site.scripts].filter(([, code]) => /__vite-browser-external|["']node:/.test(code));
    expect(needy.map(([file]) => file)).toEqual([]);
  });
});
