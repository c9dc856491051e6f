/** The agent: its vault, its own copy of the log with the openings that it was given, and what it does with them. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { acceptedOrNull } from '@countersign/custody';
import { type LogDirectory, LogMirror, LogWriter, type ServiceContext } from '@countersign/service';
import { AnsweredRequests } from './answered-requests.ts';
import { Approvals } from './approvals.ts';
import { Ceremonies } from './ceremony.ts';
import type { CustodianConfig } from './config.ts';
import { DestroyedShares, describeDestroyed } from './destroyed-shares.ts';
import { HumanSessions } from './human-sessions.ts';
import { Openings } from './openings.ts';
import { countOrders } from './orders.ts';
import { Releaser } from './release.ts';
import { ReleaseEntries } from './release-entries.ts';
import { createSecrets } from './secrets.ts';
import { Vault } from './vault.ts';

/** Between two looks into the mailbox of openings, when nobody asks for a release. */
const PULL_MS = 1_000;

export interface AgentContext extends ServiceContext {
  readonly nowMs: () => number;
  readonly random: Random;
}

export class Agent {
  readonly now: () => number;
  readonly approvals: Approvals;
  readonly ceremonies: Ceremonies;
  readonly destroyed: DestroyedShares;
  readonly releaser: Releaser;
  readonly sessions: HumanSessions;
  readonly #config: CustodianConfig;
  readonly #context: AgentContext;
  readonly #vault: Vault;
  readonly #mirror: LogMirror;
  readonly #openings: Openings;
  readonly #answered: AnsweredRequests;
  readonly #ending = new AbortController();
  #looking: Promise<void> = Promise.resolve();

  private constructor(config: CustodianConfig, context: AgentContext, vault: Vault, mirror: LogMirror, stored: StoredFiles) {
    const { nowMs, random, log } = context;
    const { anchor, name, index, logPrivateUrl: url } = config;
    this.#config = config;
    this.#context = context;
    this.#vault = vault;
    this.#mirror = mirror;
    this.#openings = stored.openings;
    this.#answered = stored.answered;
    this.approvals = stored.approvals;
    this.now = () => Math.floor(nowMs() / 1000);
    const { now } = this;
    const writer = new LogWriter({ url, seed: vault.secrets.sigSeed, now, random });
    this.destroyed = new DestroyedShares({ vault, writer, view: mirror.directory, now, log });
    this.sessions = new HumanSessions({ networkId: anchor.networkId, human: config.human, nowMs, random });
    const { networkId, rootKey } = anchor;
    const loggedKey = (id: Uint8Array) => mirror.directory.custodyKey(id);
    const { destroyed } = this;
    this.ceremonies = new Ceremonies({ vault, writer, destroyed, networkId, rootKey, name, index, loggedKey, now, random });
    const entries = new ReleaseEntries({ mirror, writer, url, random });
    const believe = (): void => this.#believeAnnex();
    this.releaser = new Releaser({ vault, mirror, ...stored, entries, believe, now, nowMs, random });
  }

  /** Makes its keys on the first start. The log need not be reachable. */
  static async open(config: CustodianConfig, context: AgentContext): Promise<Agent> {
    const { dir, anchor, logPrivateUrl: url } = config;
    const { random, nowMs, log } = context;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const vault = await Vault.open(join(dir, 'vault'), config.passphrase, random, () => createSecrets(random));
    const mirror = await LogMirror.open({
      anchor,
      dir: join(dir, 'log'),
      now: () => Math.floor(nowMs() / 1000),
      onFault: (fault) => log.fatal({ code: fault.code }, 'the log contradicts itself: nothing is released any more'),
    });
    const { sigSeed, hpkeSecret } = vault.secrets;
    const file = (name: string) => ({ path: join(dir, name), key: vault.fileKey(name), random });
    const { path, key: fileKey } = file('openings');
    const openings = await Openings.open({ path, fileKey, random, mirror, url, sigSeed, hpkeSecret });
    const approvals = await Approvals.open(file('approvals'));
    const answered = await AnsweredRequests.open(file('releases'));
    return new Agent(config, context, vault, mirror, { openings, approvals, answered });
  }

  /** Begins to follow the log. */
  start(): void {
    this.#mirror.start();
    this.#looking = this.#look();
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    await this.releaser.settled();
    await this.destroyed.settled();
    await this.#looking;
    await this.#mirror.stop();
    await this.#openings.close();
    await this.#answered.close();
    await this.approvals.close();
  }

  get directory(): LogDirectory {
    this.#believeAnnex();
    return this.#mirror.directory;
  }

  /** Nothing in it names what an order contains: it needs no session. */
  status(): object {
    const { secrets } = this.#vault;
    const newest = secrets.shares.at(-1);
    return {
      index: newest?.index ?? this.#config.index,
      name: this.#config.name,
      sig_key: toHex(crypto.ed25519PublicKey(secrets.sigSeed)),
      hpke_key: toHex(secrets.hpkeKey),
      custody_key_id: newest === undefined ? null : toHex(newest.custodyKeyId),
      share_gen: newest?.shareGen ?? null,
      shares: secrets.shares.map(({ custodyKeyId, shareGen, index }) => ({
        custody_key_id: toHex(custodyKeyId),
        share_gen: shareGen,
        index,
      })),
      destroyed: secrets.destroyed.map(describeDestroyed),
      ceremony: secrets.ceremony === null ? null : toHex(secrets.ceremony.ceremonyId),
      log_size: this.#mirror.size,
      log_fault: this.#mirror.fault?.code ?? null,
      orders: countOrders(this.#mirror.directory, this.approvals),
    };
  }

  /** The configured annex counts as soon as the logged profile names it (docs/network.md, Configuration files). */
  #believeAnnex(): void {
    const { annex } = this.#config;
    const { directory } = this.#mirror;
    if (annex !== null && directory.hasProfile && acceptedOrNull(() => directory.annex) === null) {
      acceptedOrNull(() => directory.addAnnex(annex));
    }
  }

  /** Openings are taken in as they come, so that an order is there to be approved before anybody asks for a release. */
  async #look(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#openings.pull(signal).catch((error: unknown) => {
        if (!signal.aborted) this.#context.log.debug({ err: error }, 'no openings could be fetched');
      });
      this.destroyed.publishSoon();
      await setTimeout(PULL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}

interface StoredFiles {
  readonly openings: Openings;
  readonly approvals: Approvals;
  readonly answered: AnsweredRequests;
}
