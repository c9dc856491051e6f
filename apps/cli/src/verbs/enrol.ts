/** `countersign enrol`: a new device enters the network by a voucher, after its member has consented to custody. */
import { homeOption, parseHandle, parseUrl } from '../options.ts';
import type { AddVerb } from '../program.ts';

export interface EnrolOptions {
  readonly api: string;
  readonly voucher: readonly string[];
  readonly handle: string;
  readonly home: string;
  readonly consent?: boolean;
  readonly network?: string;
}

export const addEnrol: AddVerb = (program, { cli, output }) => {
  program
    .command('enrol')
    .description('enter the network with a voucher; says first who can read what you write')
    .requiredOption('--api <url>', "the network's address", parseUrl)
    .requiredOption('--voucher <v...>', 'the voucher: itself, - for stdin, or @FILE; several if the policy asks for them')
    .requiredOption('--handle <@name>', 'how others find you', parseHandle)
    .addOption(homeOption())
    .option('--consent', 'you have read the custody statement and consent to it; without it the statement is only shown')
    .option('--network <file>', "network.json, to pin the network's root key; otherwise the server's word is taken for it")
    .action(async (options: EnrolOptions) => {
      const { enrolMember } = await import('../member/enrol.ts');
      const { deviceId, accountId } = await enrolMember(cli, output, options);
      output.result({ device_id: deviceId, account_id: accountId }, `Enrolled as ${options.handle} (device ${deviceId}).`);
    });
};
