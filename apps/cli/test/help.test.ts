/** The help of every command: complete, and changed only on purpose. */
import { describe, expect, it } from 'vitest';
import { call } from './command.ts';

const COMMANDS = [
  '',
  'up',
  'voucher create',
  'enrol',
  'device list',
  'device revoke',
  'group create',
  'group add',
  'group remove',
  'group list',
  'send',
  'inbox',
  'order draft',
  'order authorise',
  'order submit',
  'order show',
  'order list',
  'order revoke',
  'custodian approve',
  'custodian refuse',
  'custodian status',
  'review tail',
  'review search',
  'review show',
  'review conversation',
  'evidence export',
  'evidence verify',
  'log checkpoint',
  'log prove',
  'log verify',
  'log overdue',
  'story',
];

describe('help', () => {
  it.each(COMMANDS)('of "%s" is what it was', async (command) => {
    const { exit, stdout } = await call([...command.split(' ').filter((word) => word !== ''), '--help']);
    expect(exit).toBe(0);
    expect(stdout).toMatchSnapshot();
  });

  it('every command has --json and a description', async () => {
    for (const command of COMMANDS.slice(1)) {
      const { stdout } = await call([...command.split(' '), '--help']);
      expect(stdout).toContain('--json');
      expect(stdout.split('\n')[2]?.length).toBeGreaterThan(10);
    }
  });
});
