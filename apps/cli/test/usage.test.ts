/** How the command answers a wrong call: exit code 2 and a word about what is wrong, before anything is done. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { call } from './command.ts';

const wrongCalls: readonly (readonly [what: string, argv: readonly string[], word: RegExp])[] = [
  ['an unknown command', ['dance'], /unknown command/],
  ['no command of a group', ['order'], /Usage: countersign order/],
  ['an unknown option', ['up', '--fast'], /unknown option/],
  ['a port that is none', ['up', '--port', '80x'], /whole number/],
  ['a threshold above the custodians', ['up', '--custodians', '3', '--threshold', '4'], /threshold/],
  ['an agencies file that is not there', ['up', '--agencies', '/nowhere.json'], /not a readable JSON file/],
  ['a missing handle', ['enrol', '--api', 'http://localhost:1', '--voucher', 'x', '--home', 'h'], /--handle/],
  ['a handle without @', ['enrol', '--api', 'http://x', '--voucher', 'x', '--home', 'h', '--handle', 'anna'], /@name/],
  ['an address that is none', ['log', 'checkpoint', '--log', 'localhost:1'], /http address/],
  ['a day that does not exist', ['order', 'draft', '--subjects', 'network', '--from', '2026-02-30'], /a day like/],
  ['a day in another form', ['order', 'draft', '--subjects', 'network', '--from', '1/2/2026'], /a day like/],
  ['an unknown kind', ['order', 'draft', '--kind', 'wish'], /Allowed choices/],
  ['a decision without an order', ['custodian', 'approve', '--custodian', '1'], /name the order/],
  ['nothing to send', ['send', '--home', 'h', '--to', '@anna'], /nothing to send/],
  ['a reader without a name', ['review', 'tail'], /--as/],
  ['an evidence file that is not named', ['evidence', 'verify'], /missing required argument/],
];

describe('a wrong call', () => {
  it.each(wrongCalls)('%s is a matter of usage', async (_what, argv, word) => {
    const { exit, stderr } = await call(argv);
    expect(exit).toBe(2);
    expect(stderr).toMatch(word);
  });

  it('is told to programs as JSON, with its code', async () => {
    const { exit, stdout } = await call(['custodian', 'approve', '--custodian', '1', '--json']);
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'usage' });
  });
});

describe('a call about a network that is not there', () => {
  it('fails with exit code 1 and says how to make one', async () => {
    const data = await mkdtemp(join(tmpdir(), 'countersign-test-'));
    const { exit, stdout, stderr } = await call(['order', 'list', '--data', data, '--json']);
    expect(exit).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ code: 'data.no_network' });
    expect(stderr).toContain('countersign up');
  });
});
