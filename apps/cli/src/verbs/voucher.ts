/** `countersign voucher`: how somebody comes into the network. */
import { UsageError } from '../failure.ts';
import { dataOption, parseCount } from '../options.ts';
import type { AddVerb } from '../program.ts';

const COUNT_MAX = 1000;
const VALID_DAYS_MAX = 30;

interface VoucherOptions {
  readonly data: string;
  readonly home?: string;
  readonly count: number;
  readonly territory?: string;
  readonly validDays: number;
  readonly ownDevice?: boolean;
  readonly qr?: boolean;
}

export const addVoucher: AddVerb = (program, { cli, output }) => {
  const voucher = program.command('voucher').description('vouch for somebody: without a voucher nobody can do anything here');
  voucher
    .command('create')
    .description('make vouchers, as the operator (--data) or as a member who vouches (--home)')
    .addOption(dataOption())
    .option('--home <dir>', "a member's home: the member vouches")
    .option('--count <n>', 'how many', parseCount(1, COUNT_MAX), 1)
    .option(
      '--territory <code>',
      "country of the newcomer's device; the vouching member's own, or the first agency's (--data), if left out",
      parseTerritory,
    )
    .option('--valid-days <n>', 'how long they may be used', parseCount(1, VALID_DAYS_MAX), 7)
    .option('--own-device', "with --home: for a further device of one's own")
    .option('--qr', 'show each as a QR code as well')
    .action(async (options: VoucherOptions) => {
      const wish = {
        count: options.count,
        territory: options.territory ?? '',
        validS: options.validDays * 86_400,
        ownDevice: options.ownDevice === true,
      };
      if (wish.ownDevice && options.home === undefined) throw new UsageError('--own-device goes with --home');
      const { createVouchers } = await import('../member/vouchers.ts');
      const vouchers = await createVouchers(cli, options.home ?? null, options.data, wish);
      output.result({ vouchers }, vouchers.join('\n'));
      if (options.qr) for (const text of vouchers) output.note(await qrCode(text));
    });
};

function parseTerritory(text: string): string {
  if (!/^[A-Z]{2}$/.test(text)) throw new UsageError('--territory is a country code of two capital letters');
  return text;
}

async function qrCode(text: string): Promise<string> {
  const { default: qrcode } = await import('qrcode');
  return qrcode.toString(text, { type: 'utf8' });
}
