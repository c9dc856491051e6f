/** The work of `enrol`: the statement is shown, consented to, and the device certified. */
import { Client, inspectVoucher } from '@countersign/client';
import type { Cli } from '../cli.ts';
import { CliError, Exit } from '../failure.ts';
import { readInput, readSecret } from '../options.ts';
import type { Output } from '../output.ts';
import type { EnrolOptions } from '../verbs/enrol.ts';
import { goOnline, homeOptions } from './home.ts';

export async function enrolMember(
  cli: Cli,
  output: Output,
  options: EnrolOptions,
): Promise<{ readonly deviceId: string; readonly accountId: string }> {
  const vouchers = await Promise.all(options.voucher.map((text) => readSecret(cli, text)));
  const service = {
    url: options.api,
    fetch,
    ...(options.network === undefined ? {} : { network: JSON.parse((await readInput(options.network)).toString('utf8')) }),
  };
  if (options.consent !== true) {
    const { statement } = await inspectVoucher(vouchers[0] ?? '', service);
    output.note(statement);
    throw new CliError('input.consent_missing', 'read the statement above; --consent says that you agree to it', Exit.refused);
  }
  const home = await homeOptions(cli, options.home);
  let client: Client;
  try {
    client = await Client.enrol({
      ...home,
      ...service,
      vouchers,
      handle: options.handle.slice(1),
      consent: ({ statement }) => {
        output.note(statement);
        return true;
      },
    });
  } catch (error) {
    await home.store.close();
    throw error;
  }
  try {
    // Others can write to a device once its key packages are with the service.
    await goOnline(client);
    return { deviceId: client.me.device, accountId: client.me.account };
  } finally {
    await client.close();
  }
}
