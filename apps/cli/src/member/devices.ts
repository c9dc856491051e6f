/** The work of `device list` and `device revoke`. */
import { toHex } from '@countersign/bytes';
import type { Cli } from '../cli.ts';
import { withMember } from './home.ts';

export async function listDevices(cli: Cli, home: string) {
  const devices = await withMember(cli, home, (client) => client.devices.list());
  return devices.map(({ deviceId, isThis, revoked, lastSeen, notAfter }) => ({
    device_id: deviceId,
    this_device: isThis,
    revoked,
    last_seen: lastSeen,
    not_after: notAfter,
  }));
}

/** Returns the id. */
export async function revokeDevice(cli: Cli, home: string, deviceId: Uint8Array): Promise<string> {
  const id = toHex(deviceId);
  await withMember(cli, home, (client) => client.devices.revoke(id));
  return id;
}
