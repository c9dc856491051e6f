/** The order of a story: drafted, authorised, submitted and approved as people would do it with this command. */
import type { Cli } from '../cli.ts';
import { decide } from '../custodian/decide.ts';
import type { RunningNetwork } from '../network/network.ts';
import { authoriseOrder } from '../order/authorise-verb.ts';
import { draftOrder } from '../order/draft-verb.ts';
import { submitOrder } from '../order/submit-verb.ts';

const DAY_MS = 86_400_000;
const PURPOSES = 'threat_to_life+narcotics';
const MAX_GRANTS = 100_000;

/** Live from today on for so many days, over these groups, for every agency, each for the devices in its own territory. Returns the order's id. */
export async function putOrder(
  cli: Cli,
  { dir, keys }: RunningNetwork,
  groups: readonly string[],
  days: number,
): Promise<string> {
  const today = Math.floor(cli.nowMs() / DAY_MS);
  const territories = [...new Set(keys.agencies.map(({ territory }) => territory))];
  const { orderId } = await draftOrder(cli, {
    data: dir.path,
    kind: 'warrant',
    mode: 'live',
    subjects: groups.map((group) => `group:${group}`).join(','),
    agencies: keys.agencies.map(({ code }) => `${code}:${PURPOSES}`).join(','),
    excludeTerritory: [],
    excludeTerritoryFor: keys.agencies.flatMap(({ code, territory }) => {
      const others = territories.filter((other) => other !== territory);
      return others.length === 0 ? [] : [`${code}:${others.join('+')}`];
    }),
    excludeAccount: [],
    from: today,
    to: today + days - 1,
    maxGrants: MAX_GRANTS,
  });
  await authoriseOrder(cli, dir.path, orderId, [], 'approve');
  await submitOrder(cli, dir.path, orderId, null);
  await decide(cli, { data: dir.path, custodian: ['all'], order: orderId }, 'approve');
  return orderId;
}
