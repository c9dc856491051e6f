/** `countersign custodian`: what the human behind a custodian decides. */
import type { Command } from 'commander';
import { Exit } from '../failure.ts';
import { dataOption } from '../options.ts';
import type { AddVerb, VerbContext } from '../program.ts';

export interface CustodianOptions {
  readonly data: string;
  readonly custodian: readonly string[];
  readonly order?: string;
}

export const addCustodian: AddVerb = (program, context) => {
  const custodian = program
    .command('custodian')
    .description('decide as the human of a custodian: nothing is read before enough of them approved the order');
  addDecision(custodian, context, 'approve');
  addDecision(custodian, context, 'refuse');
  addStatus(custodian, context);
};

function addDecision(parent: Command, { cli, output, setExit }: VerbContext, decision: 'approve' | 'refuse'): void {
  parent
    .command(decision)
    .description(
      decision === 'approve'
        ? 'let this custodian release what the order covers'
        : 'have this custodian never release anything for the order',
    )
    .addOption(dataOption())
    .requiredOption('--custodian <i...>', 'numbers of the custodians, or all')
    .argument('[order]', 'id or file')
    .option('--order <order>', 'id or file')
    .action(async (argument: string | undefined, options: CustodianOptions) => {
      const { decide } = await import('../custodian/decide.ts');
      const result = await decide(cli, { ...options, order: argument ?? options.order }, decision);
      if (result.waiting > 0) setExit(Exit.waiting);
      output.result(
        { order_id: result.orderId, decisions: result.decisions, waiting: result.waiting },
        [
          ...result.decisions.map(({ custodian, decision: made }) => `Custodian ${custodian}: ${made}`),
          ...(result.waiting > 0 ? [`${result.waiting} more must approve before anything is read.`] : []),
        ].join('\n'),
      );
    });
}

function addStatus(parent: Command, { cli, output }: VerbContext): void {
  parent
    .command('status')
    .description('what each custodian holds, and the orders that wait for its human')
    .addOption(dataOption())
    .option('--custodian <i...>', 'numbers of the custodians; all if left out', ['all'])
    .action(async (options: CustodianOptions) => {
      const { readStatus } = await import('../custodian/status.ts');
      const custodians = await readStatus(cli, options);
      const line = (status: (typeof custodians)[number]) =>
        `${status.name}: ${status.orders.length} orders, of which ${status.orders.filter(({ state }) => state === 'pending').length} wait`;
      output.result({ custodians }, custodians.map(line).join('\n'));
    });
}
