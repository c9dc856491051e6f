/** An order as people bring it about with the command: drafted, authorised, submitted, approved by the custodians. */
import type { Network } from './harness.ts';
import { Officer } from './officers.ts';
import { until } from './until.ts';

const DAY_MS = 86_400_000;

export interface OrderWish {
  /** As on the command line: `group:ID`, `participant:@HANDLE`. */
  readonly subjects: readonly string[];
  /** Agency codes, with the territories that each does not read. */
  readonly readers: ReadonlyMap<string, readonly string[]>;
  /** Territories that nobody reads. */
  readonly excluded?: readonly string[];
}

/** Live, for today and tomorrow. Returns the order's id once it is in force at every gateway that it names. */
export async function putOrder(network: Network, { subjects, readers, excluded = [] }: OrderWish): Promise<string> {
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const exclusions = [...readers].filter(([, territories]) => territories.length > 0);
  const { order_id: orderId } = await network.verb<{ order_id: string }>(
    ...['order', 'draft', '--mode', 'live', '--from', day(Date.now()), '--to', day(Date.now() + DAY_MS)],
    ...['--subjects', subjects.join(',')],
    ...['--agencies', [...readers.keys()].map((code) => `${code}:threat_to_life`).join(',')],
    ...exclusions.flatMap(([code, territories]) => ['--exclude-territory-for', `${code}:${territories.join('+')}`]),
    ...excluded.flatMap((territory) => ['--exclude-territory', territory]),
  );
  await network.verb('order', 'authorise', orderId);
  await network.verb('order', 'submit', orderId);
  await network.verb('custodian', 'approve', '--order', orderId, '--custodian', 'all');
  const gateways = new Map([...readers.keys()].map((code) => [network.agency(code).gateway, code]));
  for (const code of gateways.values()) {
    const officer = await Officer.signIn(network, code);
    await until(`the order is in force for ${code}`, async () => {
      const { json } = await officer.call('/v1/orders');
      const orders = (json?.orders ?? []) as readonly { readonly order_id: string; readonly state: string }[];
      return orders.some(({ order_id, state }) => order_id === orderId && state === 'in_force');
    });
  }
  return orderId;
}
