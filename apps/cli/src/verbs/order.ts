/** `countersign order`: draft, authorise, submit, show, list and revoke. */
import { type Command, Option } from 'commander';
import { Exit, UsageError } from '../failure.ts';
import { dataOption, parseCount, parseDay } from '../options.ts';
import type { AddVerb, VerbContext } from '../program.ts';

const MAX_GRANTS_DEFAULT = 10_000;
const MAX_GRANTS_MAX = 4_294_967_295;

export const addOrder: AddVerb = (program, context) => {
  const order = program.command('order').description('what an agency may read: drafted, approved by officers, logged');
  addDraft(order, context);
  addAuthorise(order, context);
  addSubmit(order, context);
  addShow(order, context);
  addList(order, context);
  addRevoke(order, context);
};

export interface DraftOptions {
  readonly data: string;
  readonly kind: 'warrant' | 'production' | 'emergency' | 'preservation';
  readonly subjects: string;
  readonly agencies?: string;
  readonly excludeTerritory: readonly string[];
  readonly excludeTerritoryFor: readonly string[];
  readonly excludeAccount: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly mode: 'live' | 'retrospective';
  readonly expires?: number;
  readonly notifyBy?: number;
  readonly maxGrants: number;
  readonly reference?: string;
  readonly legalBasis?: string;
}

function addDraft(order: Command, { cli, output }: VerbContext): void {
  const list = (value: string, before: readonly string[]) => [...before, ...value.split(',')];
  order
    .command('draft')
    .description('write an order that nobody has approved yet')
    .addOption(dataOption())
    .addOption(new Option('--kind <kind>').choices(['warrant', 'production', 'emergency', 'preservation']).default('warrant'))
    .requiredOption('--subjects <list>', 'device:ID, account:@H, group:ID, participant:@H, or network; separated by commas')
    .option('--agencies <list>', 'who may read for what: AU:threat_to_life+narcotics,US:threat_to_life')
    .option('--exclude-territory <code>', 'nobody reads devices there; may be repeated', list, [])
    .option('--exclude-territory-for <agency:code>', 'this agency does not: US:US+CA; may be repeated', list, [])
    .option('--exclude-account <@h>', 'a protected person: nothing in a conversation with them is read', list, [])
    .requiredOption('--from <day>', 'first day of the messages', parseDay)
    .requiredOption('--to <day>', 'last day of the messages', parseDay)
    .addOption(new Option('--mode <mode>').choices(['live', 'retrospective']).makeOptionMandatory())
    .option('--expires <day>', 'last day in force; 30 days after the last day (live) or from now on otherwise', parseDay)
    .option('--notify-by <day>', 'when the order becomes public and the persons named are told', parseDay)
    .option('--max-grants <n>', 'how many scopes it may open at most', parseCount(1, MAX_GRANTS_MAX), MAX_GRANTS_DEFAULT)
    .option('--reference <text>', 'reference of the legal document')
    .option('--legal-basis <file>', 'the legal document; the order holds its hash')
    .action(async (options: DraftOptions) => {
      const { draftOrder } = await import('../order/draft-verb.ts');
      const { orderId, file, required } = await draftOrder(cli, options);
      const needs = required.map(({ name, m }) => `${m} x ${name}`).join(', ');
      output.result({ order_id: orderId, file, required }, `Order ${orderId}\n${file}\nNeeds the approval of: ${needs}`);
    });
}

function addAuthorise(order: Command, { cli, output, setExit }: VerbContext): void {
  order
    .command('authorise')
    .description("sign an officer's decision on an order")
    .addOption(dataOption())
    .argument('[order]', 'id or file')
    .option('--order <order>', 'id or file')
    .option('--as <officer...>', 'who decides; the officers whose approval it still needs, if none is named')
    .option('--refuse', 'a refusal, which is final for the order')
    .action(async (argument: string | undefined, options: OrderOptions & { as?: string[]; refuse?: boolean }) => {
      const { authoriseOrder } = await import('../order/authorise-verb.ts');
      const decision = options.refuse ? 'refuse' : 'approve';
      const result = await authoriseOrder(cli, options.data, orderOf(argument, options), options.as ?? [], decision);
      if (result.missing.length > 0) setExit(Exit.waiting);
      output.result(
        { order_id: result.orderId, decisions: result.decisions, missing: result.missing },
        result.missing.length === 0
          ? `Order ${result.orderId} has the approvals that it needs.`
          : `Order ${result.orderId} still needs: ${result.missing.map(({ name, m }) => `${m} x ${name}`).join(', ')}`,
      );
    });
}

function addSubmit(order: Command, { cli, output }: VerbContext): void {
  order
    .command('submit')
    .description('log an approved order with its authorisations, and hand it to the gateways of its readers')
    .addOption(dataOption())
    .argument('[order]', 'id or file')
    .option('--order <order>', 'id or file')
    .option('--as <officer>', "who logs it; the first reading agency's officer if not named")
    .action(async (argument: string | undefined, options: OrderOptions & { as?: string }) => {
      const { submitOrder } = await import('../order/submit-verb.ts');
      const result = await submitOrder(cli, options.data, orderOf(argument, options), options.as ?? null);
      output.result(
        { order_id: result.orderId, log_index: result.logIndex, gateways: result.gateways },
        `Order ${result.orderId} is entry ${result.logIndex} of the log. The custodians are asked next: countersign custodian approve`,
      );
    });
}

function addShow(order: Command, { cli, output }: VerbContext): void {
  order
    .command('show')
    .description('what an order says, who has approved it, and how far it has come')
    .addOption(dataOption())
    .argument('[order]', 'id or file')
    .option('--order <order>', 'id or file')
    .action(async (argument: string | undefined, options: OrderOptions) => {
      const { showOrder } = await import('../order/show-verb.ts');
      const shown = await showOrder(cli, options.data, orderOf(argument, options));
      output.result(shown, describe(shown));
    });
}

function addList(order: Command, { cli, output }: VerbContext): void {
  order
    .command('list')
    .description('the orders of this data directory')
    .addOption(dataOption())
    .action(async (options: { data: string }) => {
      const { listOrders } = await import('../order/show-verb.ts');
      const orders = await listOrders(cli, options.data);
      const line = (shown: (typeof orders)[number]) =>
        `${shown.order_id}  ${shown.state.padEnd(12)} ${shown.kind}, ${shown.mode}, ${shown.from} to ${shown.to}`;
      output.result({ orders }, orders.length === 0 ? 'No orders.' : orders.map(line).join('\n'));
    });
}

function addRevoke(order: Command, { cli, output }: VerbContext): void {
  order
    .command('revoke')
    .description('stop an order: reading ends within seconds and what was opened is destroyed')
    .addOption(dataOption())
    .argument('[order]', 'id or file')
    .option('--order <order>', 'id or file')
    .option('--as <officer>', 'oversight, reviewer, or an officer in a role that the order needs', 'oversight')
    .option('--reason <n>', 'a number of the own list of reasons', parseCount(0, 65_535), 0)
    .action(async (argument: string | undefined, options: OrderOptions & { as: string; reason: number }) => {
      const { revokeOrder } = await import('../order/revoke-verb.ts');
      const result = await revokeOrder(cli, options.data, orderOf(argument, options), options.as, options.reason);
      output.result({ order_id: result.orderId, log_index: result.logIndex }, `Order ${result.orderId} is revoked.`);
    });
}

interface OrderOptions {
  readonly data: string;
  readonly order?: string;
}

function orderOf(argument: string | undefined, { order }: OrderOptions): string {
  const named = argument ?? order;
  if (named === undefined) throw new UsageError('name the order: an id, or the path of its file');
  return named;
}

function describe(shown: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value));
  return Object.entries(shown)
    .map(([name, value]) => `${name.replaceAll('_', ' ').padEnd(20)} ${text(value)}`)
    .join('\n');
}
