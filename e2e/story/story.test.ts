/** The whole story on real processes: from voucher to live review, evidence and log, by the command itself (docs/network.md). */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const COMMAND = fileURLToPath(new URL('../../apps/cli/bin/countersign.js', import.meta.url));
const STORY_MAX_MS = 600_000;

/** Two in the scope of the order and two outside, of two, three and one speakers. */
const CONVERSATIONS = [
  ['pier', ['A: Is the boat in?', 'B: Since six. Bring the papers.', 'A: Half past, at the pier.']],
  ['familie', ['A: Kommst du am Sonntag?', 'B: Ja, mit Kuchen.']],
  ['trois', ['A: On se retrouve où ?', 'B: Au pont, à neuf heures.', 'C: J’arrive un peu après.', 'A: D’accord.']],
  ['alone', ['A: A note to nobody in particular.']],
] as const;

interface Figures {
  readonly [name: string]: number | boolean | null;
}

let folder: string;
let figures: Figures;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'countersign-e2e-'));
  const file = join(folder, 'conversations.jsonl');
  const rows = CONVERSATIONS.map(([id, lines]) => {
    const messages = lines.map((line, index) => {
      const [from = '', text = ''] = line.split(/: (.*)/s);
      return { id: `${id}-${index}`, index, from, lang: 'xx', text };
    });
    return JSON.stringify({ id, messages });
  });
  await writeFile(file, `${rows.join('\n')}\n`);
  const { stdout } = await promisify(execFile)(process.execPath, [COMMAND, 'story', '--conversations', file, '--json']);
  figures = JSON.parse(stdout) as Figures;
}, STORY_MAX_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a story', () => {
  it('loses no line: every one is on disk, in custody, and with all its recipients', () => {
    expect(figures).toMatchObject({ sent: 10, acked: 10, delivered: 10 });
  });

  it('shows officers what the order covers, as it was sent, each line to the one agency that may read it', () => {
    expect(figures).toMatchObject({ in_scope: 7, reviewed: 7, reviewed_match: 7, agencies: 16 });
  });

  it('shows nobody anything else', () => {
    expect(figures).toMatchObject({ out_of_scope_sent: 3, out_of_scope_readable: 0 });
  });

  it('leaves evidence that verifies, that cannot be changed unseen, and a log that holds', () => {
    expect(figures).toMatchObject({ evidence_valid: true, evidence_tampered_detected: true, log_verified: true });
  });

  it('ran on real processes: witnesses, custodians, log, delivery, two gateways, notices, PostgreSQL', () => {
    expect(figures.processes).toBe(3 + 5 + 1 + 1 + 2 + 1 + 1);
  });
});
