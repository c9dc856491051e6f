/** `countersign log`: what anybody can check about the public log, with nothing but its address. */
import type { Command } from 'commander';
import { parseCount, parseUrl } from '../options.ts';
import type { AddVerb, VerbContext } from '../program.ts';

const INDEX_MAX = Number.MAX_SAFE_INTEGER;

export interface LogOptions {
  readonly log: string;
  readonly network?: string;
}

export const addLog: AddVerb = (program, context) => {
  const log = program.command('log').description('check the public log: for members, courts, defence, anybody');
  addCheckpoint(log, context);
  addProve(log, context);
  addVerify(log, context);
  addOverdue(log, context);
};

const HELP = `
The keys to believe come from --network FILE, the network.json of the operator, which you should have got on another way.
Without it the log's own word is taken for them, and the answer says "pinned": false.`;

function logCommand(log: Command, name: string, description: string): Command {
  return log
    .command(name)
    .description(description)
    .requiredOption('--log <url>', "the log's address", parseUrl)
    .option('--network <file>', 'network.json: whose log it is and which witnesses count')
    .addHelpText('after', HELP);
}

function addCheckpoint(log: Command, { cli, output }: VerbContext): void {
  logCommand(log, 'checkpoint', 'the newest checkpoint that enough witnesses have cosigned').action(
    async (options: LogOptions) => {
      const { readCheckpoint } = await import('../log/checkpoint.ts');
      const shown = await readCheckpoint(cli, options);
      output.result(
        shown,
        `${shown.origin}\n${shown.size} entries, root ${shown.root}\ncosigned by ${shown.witnesses.join(', ')}`,
      );
    },
  );
}

function addProve(log: Command, { cli, output }: VerbContext): void {
  logCommand(log, 'prove', 'a proof file for one entry, to be checked offline (C2SP tlog-proof)')
    .requiredOption('--index <n>', 'number of the entry, from 0', parseCount(0, INDEX_MAX))
    .option('--out <file>', 'write the proof there; to stdout otherwise')
    .action(async (options: LogOptions & { index: number; out?: string }) => {
      const { proveEntry } = await import('../log/prove.ts');
      const shown = await proveEntry(cli, options, options.index, options.out ?? null);
      output.result(shown, shown.file ?? shown.proof);
    });
}

function addVerify(log: Command, { cli, output }: VerbContext): void {
  logCommand(log, 'verify', 'read every entry, compute the root anew and judge each entry').action(
    async (options: LogOptions) => {
      const { verifyWholeLog } = await import('../log/verify.ts');
      const shown = await verifyWholeLog(cli, options);
      output.result(shown, `Valid: ${shown.entries} entries lead to the witnessed root ${shown.root}; ${shown.overdue} overdue.`);
    },
  );
}

function addOverdue(log: Command, { cli, output }: VerbContext): void {
  logCommand(log, 'overdue', 'orders whose notice date has passed without opening or notice').action(
    async (options: LogOptions) => {
      const { listOverdueOrders } = await import('../log/verify.ts');
      const shown = await listOverdueOrders(cli, options);
      const line = (item: (typeof shown.overdue)[number]) =>
        `order ${item.order_id} was due ${item.notice_by}, missing: ${item.missing.join(' and ')}`;
      output.result(shown, shown.overdue.length === 0 ? 'Nothing is overdue.' : shown.overdue.map(line).join('\n'));
    },
  );
}
