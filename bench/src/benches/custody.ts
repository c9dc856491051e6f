/** What custody costs each party: the device's grant, the custodian's release, the reader's combination and opening, the log, MLS. */
import { crypto } from '@countersign/crypto';
import {
  createGrant,
  createRelease,
  openEnvelopeAsReader,
  openEnvelopeContent,
  parseEnvelope,
  verifyGrant,
} from '@countersign/custody';
import { combine, createPartial } from '@countersign/threshold';
import { entryHash, LogTree } from '@countersign/tlog';
import type { BenchOptions, Figures } from '../bench.ts';
import { type Budget, callsPerCpuSecond, cpuMsPerCall, rounded } from '../measure.ts';
import { createCustodyNetwork } from './custody-network.ts';
import { createMlsPair } from './mls-group.ts';

const QUICK: Budget = { sampleCpuMs: 2_000 };
const FULL: Budget = { sampleCpuMs: 10_000 };

const GROUP_MEMBERS = 16;
const LOG_BATCH_ENTRIES = 256;
/** About the size of an entry: a commitment, its actor and two signatures. */
const LOG_ENTRY_BYTES = 300;
const MESSAGE_BYTES = 64;

export async function custody({ quick }: BenchOptions): Promise<Figures> {
  const budget = quick ? QUICK : FULL;
  const figures = { ...(await custodyFigures(budget)), ...(await logFigures(budget)), ...(await mlsFigures(budget)) };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, rounded(value)]));
}

async function custodyFigures(budget: Budget): Promise<Figures> {
  const network = createCustodyNetwork();
  const { releaseTo, openExpectations } = network;
  const random = crypto.randomBytes;

  /** One custodian from the grant's bytes to the signed release: the scope proof, the share with its proof, seal and signature. */
  const release = () => {
    const { grant } = verifyGrant(network.grant, network.grantExpectations);
    const share = createPartial(network.share, grant.head.enc, releaseTo.context, random);
    return createRelease(releaseTo, share, network.custodianSeed, random);
  };
  const open = () => openEnvelopeContent(parseEnvelope(network.envelope), openExpectations.K, null);

  return {
    release_crypto_per_cpu_s: await callsPerCpuSecond(budget, release),
    grant_create_ms: await cpuMsPerCall(budget, () => createGrant(network.scope, network.Y, network.device)),
    combine_ms: await cpuMsPerCall(budget, () => combine(network.combineTarget, network.parts)),
    open_per_cpu_s: await callsPerCpuSecond(budget, open),
    open_with_signature_per_cpu_s: await callsPerCpuSecond(budget, () =>
      openEnvelopeAsReader(network.envelope, openExpectations),
    ),
  };
}

/** Entries hashed and appended in batches, with the root of each batch; storing them is the logbook's bench. */
async function logFigures(budget: Budget): Promise<Figures> {
  const tiles = new Map<string, Uint8Array>();
  const tree = LogTree.open(0, ({ level, index }) => tiles.get(`${level}/${index}`) as Uint8Array);
  const entries = Array.from({ length: LOG_BATCH_ENTRIES }, () => crypto.randomBytes(LOG_ENTRY_BYTES));
  const appendBatch = () => {
    for (const { tile, bytes } of tree.append(entries.map(entryHash))) tiles.set(`${tile.level}/${tile.index}`, bytes);
    return tree.head();
  };
  return { log_append_per_s: LOG_BATCH_ENTRIES * (await callsPerCpuSecond(budget, appendBatch)) };
}

/** A message is decrypted once, so the receiver's figure is the pair's less the sender's; a receiver keeps up with few messages ahead. */
async function mlsFigures(budget: Budget): Promise<Figures> {
  const message = crypto.randomBytes(MESSAGE_BYTES);
  const sending = await createMlsPair(GROUP_MEMBERS);
  const sent = await cpuMsPerCall(budget, () => sending.encrypt(message));
  const pair = await createMlsPair(GROUP_MEMBERS);
  const sentAndReceived = await cpuMsPerCall(budget, async () => pair.decrypt(await pair.encrypt(message)));
  return { mls_encrypt_ms: sent, mls_decrypt_ms: sentAndReceived - sent };
}
