/** The genesis of a network: log, ceremony, constitution, officers (docs/network.md, Genesis). */
import { encode, fromHex } from '@countersign/bytes';
import {
  type CustodyKey,
  certBodyCodec,
  createOfficerCert,
  EntryType,
  type OfficerCert,
  profileCodec,
  signCustodyKey,
} from '@countersign/custody';
import { type LogItem, LogWriter, runCeremony } from '@countersign/service';
import { type Cli, nowOf } from '../cli.ts';
import { type PlanInput, planLogbook, urlsOf, writeConfigs } from './configs.ts';
import { readJson } from './data-dir.ts';
import { fetchJson } from './http.ts';
import { type GatewayKeys, hpkeKeyOf, type Institution, type NetworkKeys, type Officer, publicKeyOf } from './keys.ts';
import { createFirstProfile, firstDay } from './profile.ts';
import type { Supervisor } from './supervisor.ts';

const CERT_DAYS = 5 * 365;
/** Certificates hold a little before they are logged, since clocks differ. */
const CERT_EARLY_S = 3600;

/** The log of a network that exists, with the genesis keys that its configuration has held since then. */
export async function startLog(network: PlanInput, supervisor: Supervisor): Promise<void> {
  const before = (await readJson(network.dir.configOf('logbook'))) as { genesis: { custodian_keys: string[] } } | null;
  const logbook = planLogbook(network, before?.genesis.custodian_keys ?? []);
  await writeConfigs(network.dir, [logbook]);
  await supervisor.start([logbook]);
}

/** Witnesses and custodians are running; from here on until the end nobody else is. */
export async function createGenesis(cli: Cli, network: PlanInput, supervisor: Supervisor): Promise<void> {
  const { keys } = network;
  const urls = urlsOf(network.ports);
  const statuses = await Promise.all(urls.custodians.map((url) => fetchJson<{ sig_key: string }>(`${url}/v1/status`)));
  const logbook = planLogbook(
    network,
    statuses.map(({ sig_key }) => sig_key),
  );
  await writeConfigs(network.dir, [logbook]);
  await supervisor.start([logbook]);
  const { custodyKey, bytes } = await runCeremony({
    networkId: fromHex(keys.networkId),
    fromDay: firstDay(keys.issued),
    t: keys.threshold,
    members: keys.custodians.map(({ human }, i) => ({
      url: urls.custodians[i] ?? '',
      human: { id: fromHex(human.id), seed: fromHex(human.seed) },
    })),
    signAsRoot: (body) => signCustodyKey(body, fromHex(keys.rootSeed)),
    // People compare by voice; where one machine runs all custodians there is one person, who sees that they are equal.
    confirm: (results) => new Set(results.map(({ transcriptHash }) => Buffer.from(transcriptHash).toString('hex'))).size === 1,
    random: cli.random,
    nowMs: cli.nowMs,
  });
  await logConstitution(cli, keys, urls.logPrivate, custodyKey, bytes);
}

/** The custody key, the profile that names it, then the certificates, each by the authority that signed it. */
async function logConstitution(
  cli: Cli,
  keys: NetworkKeys,
  logUrl: string,
  custodyKey: CustodyKey,
  custodyKeyBytes: Uint8Array,
): Promise<void> {
  const append = (seed: string, items: readonly LogItem[]) =>
    new LogWriter({ url: logUrl, seed: fromHex(seed), now: () => nowOf(cli), random: cli.random }).append(items);
  const profile = encode(profileCodec, createFirstProfile(keys, custodyKey));
  await append(keys.relaySeed, [{ type: EntryType.custodyKey, payload: custodyKeyBytes }]);
  await append(keys.relaySeed, [{ type: EntryType.profile, payload: profile }]);
  for (const institution of Object.values(keys.institutions)) {
    const certs = certsBy(institution, keys);
    if (certs.length > 0) await append(institution.seed, certs.map(certItem));
  }
}

function certItem(cert: OfficerCert): LogItem {
  return { type: EntryType.cert, payload: encode(certBodyCodec, { kind: 2, cert }) };
}

/** The certificates of the officers and gateways whose every role the institution holds. */
function certsBy(institution: Institution, keys: NetworkKeys): OfficerCert[] {
  const holds = (roles: readonly number[]) => roles.every((role) => institution.roles.includes(role));
  const officers = keys.officers.filter(({ roles }) => holds(roles)).map((officer) => officerCert(officer, institution, keys));
  const gateways = holds([7]) ? keys.gateways.flatMap((gateway) => gatewayCerts(gateway, institution, keys)) : [];
  return [...officers, ...gateways];
}

function officerCert(officer: Officer, { seed }: Institution, keys: NetworkKeys): OfficerCert {
  return createOfficerCert(
    {
      networkId: fromHex(keys.networkId),
      officerId: fromHex(officer.id),
      organisationId: fromHex(officer.organisation),
      roles: [...officer.roles],
      alg: 1,
      key: publicKeyOf(officer.seed),
      ...certDates(keys),
    },
    fromHex(seed),
  );
}

/** One for each agency, since a certificate is of one organisation; the keys are the gateway's. */
function gatewayCerts(gateway: GatewayKeys, { seed }: Institution, keys: NetworkKeys): OfficerCert[] {
  return gateway.certs.map(({ agency, id }) =>
    createOfficerCert(
      {
        networkId: fromHex(keys.networkId),
        officerId: fromHex(id),
        organisationId: fromHex(agency),
        roles: [7],
        alg: 3,
        key: { sigKey: publicKeyOf(gateway.seed), hpkeKey: hpkeKeyOf(gateway.hpkeSecret) },
        ...certDates(keys),
      },
      fromHex(seed),
    ),
  );
}

function certDates({ issued }: NetworkKeys): { from: bigint; to: bigint } {
  return { from: BigInt(issued - CERT_EARLY_S), to: BigInt(issued + CERT_DAYS * 86_400) };
}
