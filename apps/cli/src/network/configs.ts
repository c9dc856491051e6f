/** The configuration file of each process of a network (docs/network.md, Configuration files). */
import { encode, fromHex, toHex } from '@countersign/bytes';
import { annexCodec } from '@countersign/custody';
import { type DataDir, writeJson } from './data-dir.ts';
import { hpkeKeyOf, type NetworkKeys, publicKeyOf } from './keys.ts';
import type { Ports } from './ports.ts';
import { deriveAnnex, witnessQuorum } from './profile.ts';

const HOST = '127.0.0.1';
const FILLER_S = 60;

/** A service process: which program it runs, and the configuration it is given. */
export interface ProcessPlan {
  readonly name: string;
  /** The folder under services/. */
  readonly service: 'logbook' | 'witness' | 'custodian' | 'delivery' | 'review' | 'notices';
  readonly config: Readonly<Record<string, unknown>>;
}

export interface Urls {
  readonly messenger: string;
  readonly console: string;
  readonly api: string;
  readonly log: string;
  readonly logPrivate: string;
  readonly deliveryPrivate: string;
  readonly custodians: readonly string[];
  /** Of each gateway in the order of the keys. */
  readonly gateways: readonly string[];
}

export function urlsOf(ports: Ports): Urls {
  const at = (port: number) => `http://${HOST}:${port}`;
  return {
    // Pages need a name: passkeys know no IP address.
    messenger: `http://localhost:${ports.delivery}/`,
    console: `http://localhost:${ports.gateways[0]?.public}/`,
    api: at(ports.delivery),
    log: at(ports.log),
    logPrivate: at(ports.logPrivate),
    deliveryPrivate: at(ports.deliveryPrivate),
    custodians: ports.custodians.map(at),
    gateways: ports.gateways.map((gateway) => at(gateway.public)),
  };
}

/** The trust anchor: everything in it is public. */
function anchorOf(keys: NetworkKeys, urls: Urls) {
  return {
    network_id: keys.networkId,
    root_key: hexKey(keys.rootSeed),
    log: { origin: keys.origin, key: hexKey(keys.logSeed), url: urls.log },
    witnesses: keys.witnesses.map(({ name, seed }) => ({ name, key: hexKey(seed) })),
    witness_w: witnessQuorum(keys.witnesses.length),
    annex: toHex(encode(annexCodec, deriveAnnex(keys))),
  };
}

function hexKey(seed: string): string {
  return toHex(publicKeyOf(seed));
}

export interface PlanInput {
  readonly dir: DataDir;
  readonly keys: NetworkKeys;
  readonly ports: Ports;
}

/** The processes without a database: they make the log and the custody key. */
export function planFoundation({ dir, keys, ports }: PlanInput): { witnesses: ProcessPlan[]; custodians: ProcessPlan[] } {
  const urls = urlsOf(ports);
  const network = anchorOf(keys, urls);
  return {
    witnesses: keys.witnesses.map(({ name, seed }, i) => ({
      name: `witness-${i + 1}`,
      service: 'witness',
      config: {
        network,
        listen: { host: HOST, public_port: ports.witnesses[i]?.public, private_port: ports.witnesses[i]?.private },
        dir: dir.stateOf(`witness-${i + 1}`),
        name,
        key_seed: seed,
        logs: [{ origin: keys.origin, key: hexKey(keys.logSeed) }],
      },
    })),
    custodians: keys.custodians.map(({ index, name, passphrase, human }, i) => ({
      name: `custodian-${index}`,
      service: 'custodian',
      config: {
        network,
        listen: { host: HOST, private_port: ports.custodians[i] },
        dir: dir.stateOf(`custodian-${index}`),
        index,
        name,
        passphrase,
        log_private_url: urls.logPrivate,
        human: { id: human.id, key: hexKey(human.seed) },
      },
    })),
  };
}

/** The custodians' keys are their own making: they exist once the custodians run. */
export function planLogbook({ dir, keys, ports }: PlanInput, custodianKeys: readonly string[]): ProcessPlan {
  const urls = urlsOf(ports);
  return {
    name: 'logbook',
    service: 'logbook',
    config: {
      network: anchorOf(keys, urls),
      listen: { host: HOST, public_port: ports.log, private_port: ports.logPrivate },
      dir: dir.stateOf('logbook'),
      key_seed: keys.logSeed,
      witness_urls: ports.witnesses.map((port) => `http://${HOST}:${port.public}`),
      genesis: {
        relay_keys: [hexKey(keys.relaySeed)],
        custodian_keys: custodianKeys,
        authorities: Object.values(keys.institutions).map(({ seed, roles }) => ({ key: hexKey(seed), roles })),
      },
      filler_s: FILLER_S,
    },
  };
}

/** The process that members meet. */
export function planDelivery({ dir, keys, ports }: PlanInput, databaseUrl: string, pages: Pages): ProcessPlan {
  const urls = urlsOf(ports);
  const network = anchorOf(keys, urls);
  return {
    name: 'delivery',
    service: 'delivery',
    config: {
      network,
      listen: { host: HOST, public_port: ports.delivery, private_port: ports.deliveryPrivate },
      name: 'delivery',
      dir: dir.stateOf('delivery'),
      annex: network.annex,
      relay_seed: keys.relaySeed,
      registrar_seed: keys.institutions.registrar.seed,
      log_private_url: urls.logPrivate,
      database_url: databaseUrl,
      blobs_dir: dir.stateOf('blobs'),
      operator_token: keys.operatorToken,
      pages_dir: pages.messenger,
    },
  };
}

/** `vouchers` make the notice account at the first start. */
export function planNotices({ dir, keys, ports }: PlanInput, vouchers: readonly string[]): ProcessPlan {
  const urls = urlsOf(ports);
  const { oversight } = keys.institutions;
  return {
    name: 'notices',
    service: 'notices',
    config: {
      network: anchorOf(keys, urls),
      listen: { host: HOST, private_port: ports.noticesPrivate },
      oversight_seed: oversight.seed,
      oversight_hpke_secret: oversight.hpkeSecret,
      log_private_url: urls.logPrivate,
      delivery_url: urls.api,
      home: dir.stateOf('notices'),
      ...(vouchers.length === 0 ? {} : { vouchers: vouchers.join(',') }),
    },
  };
}

/** The processes that officers meet; `databaseUrls` by gateway name. */
export function planGateways(
  { dir, keys, ports }: PlanInput,
  databaseUrls: ReadonlyMap<string, string>,
  pages: Pages,
): ProcessPlan[] {
  const urls = urlsOf(ports);
  const network = anchorOf(keys, urls);
  return keys.gateways.map((gateway, i) => {
    const port = ports.gateways[i] ?? { public: 0, private: 0 };
    return {
      name: `review-${gateway.name}`,
      service: 'review',
      config: {
        network,
        listen: { host: HOST, public_port: port.public, private_port: port.private },
        name: gateway.name,
        agencies: gateway.certs.map(({ agency }) => agency),
        gateway_id: gateway.certs[0]?.id,
        sig_seed: gateway.seed,
        hpke_secret: gateway.hpkeSecret,
        log_private_url: urls.logPrivate,
        delivery_private_url: urls.deliveryPrivate,
        custodian_urls: urls.custodians,
        database_url: databaseUrls.get(gateway.name),
        dir: dir.stateOf(`review-${gateway.name}`),
        passphrase: gateway.passphrase,
        pages_dir: pages.console,
      },
    };
  });
}

/** Folders of the built pages; null where there are none. */
export interface Pages {
  readonly messenger: string | null;
  readonly console: string | null;
}

/** HPKE key of a gateway, as orders name it. */
export function readerKeyOf(keys: NetworkKeys, agency: string): Uint8Array {
  const gateway = keys.gateways.find(({ certs }) => certs.some((cert) => cert.agency === agency));
  if (gateway === undefined) throw new RangeError('an agency without a gateway');
  return hpkeKeyOf(gateway.hpkeSecret);
}

export async function writeConfigs(dir: DataDir, plans: readonly ProcessPlan[]): Promise<void> {
  for (const { name, config } of plans) await writeJson(dir.configOf(name), config);
}

/** network.json: what a newcomer needs, nothing of it secret. Written last: it says that the network is complete. */
export async function writeNetworkFile(dir: DataDir, keys: NetworkKeys, urls: Urls): Promise<void> {
  const { messenger, console, api, log } = urls;
  const anchor = anchorOf(keys, urls);
  await writeJson(dir.network, { ...anchor, origin: keys.origin, urls: { messenger, console, api, log } }, 'public');
}

export function agencyIdOf(keys: NetworkKeys, code: string): Uint8Array | null {
  const agency = keys.agencies.find((candidate) => candidate.code === code);
  return agency === undefined ? null : fromHex(agency.id);
}
