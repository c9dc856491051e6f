/** The work of `order revoke`: a Revocation, signed and logged by an officer who may stop the order (PROTOCOL 10.1). */
import { encode, fromHex, toHex } from '@countersign/bytes';
import { createRevocation, EntryType, orderHash, Role, revocationCodec } from '@countersign/custody';
import { LogWriter } from '@countersign/service';
import { type Cli, nowOf } from '../cli.ts';
import { CliError, Exit } from '../failure.ts';
import { dataDir } from '../network/data-dir.ts';
import { findOfficer, readKeys } from '../network/keys.ts';
import { readUrls } from '../network/operator.ts';
import { readOrderFile } from './file.ts';

export async function revokeOrder(
  cli: Cli,
  data: string,
  named: string,
  as: string,
  reason: number,
): Promise<{ readonly orderId: string; readonly logIndex: number }> {
  const dir = dataDir(data);
  const keys = await readKeys(dir);
  const { order, logged } = await readOrderFile(dir, named);
  if (logged === null) throw new CliError('order.not_logged', 'the order was never submitted: there is nothing to revoke');
  const officer = findOfficer(keys, as);
  const entitled = [Role.oversight, Role.orderReviewer, ...order.required.map(({ role }) => role)] as readonly number[];
  const role = officer.roles.find((held) => entitled.includes(held));
  if (role === undefined)
    throw new CliError('authorisation.role_not_held', `${officer.name} may not revoke this order`, Exit.refused);
  const { logPrivate } = await readUrls(dir, keys);
  const seed = fromHex(officer.seed);
  const revocation = createRevocation(
    { orderHash: orderHash(order), officerId: fromHex(officer.id), role, reason, time: BigInt(nowOf(cli)) },
    seed,
  );
  const writer = new LogWriter({ url: logPrivate, seed, now: () => nowOf(cli), random: cli.random });
  const payload = encode(revocationCodec, revocation);
  const [entry] = await writer.append([{ type: EntryType.orderRevoked, handle: order.orderId, payload }]);
  return { orderId: toHex(order.orderId), logIndex: Number(entry?.index) };
}
