/** `countersign device`: a member's own devices. */
import { homeOption, parseId } from '../options.ts';
import type { AddVerb } from '../program.ts';

export const addDevice: AddVerb = (program, { cli, output }) => {
  const device = program.command('device').description("a member's own devices");
  device
    .command('list')
    .description('every device of the account')
    .addOption(homeOption())
    .action(async ({ home }: { home: string }) => {
      const { listDevices } = await import('../member/devices.ts');
      const devices = await listDevices(cli, home);
      const line = (item: (typeof devices)[number]) =>
        `${item.device_id}${item.this_device ? '  (this one)' : ''}${item.revoked ? '  revoked' : ''}`;
      output.result({ devices }, devices.map(line).join('\n'));
    });
  device
    .command('revoke')
    .description('shut a device of the account out, for good')
    .addOption(homeOption())
    .argument('<device>', 'id of the device', parseId)
    .action(async (deviceId: Uint8Array, { home }: { home: string }) => {
      const { revokeDevice } = await import('../member/devices.ts');
      const revoked = await revokeDevice(cli, home, deviceId);
      output.result({ device_id: revoked, revoked: true }, `Device ${revoked} is revoked.`);
    });
};
