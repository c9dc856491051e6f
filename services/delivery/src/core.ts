/** The parts of a process, each made with what it needs and nothing else. */
import { toHex } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import type { Sql } from '@countersign/db';
import { createSuite } from '@countersign/mls';
import { LogMirror, LogWriter } from '@countersign/service';
import type { DeliveryConfig } from './config.ts';
import { Accounts } from './directory/accounts.ts';
import { Blobs } from './directory/blobs.ts';
import { Grants } from './directory/grants.ts';
import { KeyPackages } from './directory/key-packages.ts';
import { NetworkView } from './directory/network-view.ts';
import { Reports } from './directory/reports.ts';
import { Revocations } from './directory/revocation.ts';
import { Enrolment } from './enrol/enrolment.ts';
import { Renewals } from './enrol/renewal.ts';
import { Territories } from './enrol/territories.ts';
import { Vouchers } from './enrol/vouchers.ts';
import { Epochs } from './groups/epochs.ts';
import { Groups } from './groups/groups.ts';
import { identityRules } from './groups/identity.ts';
import { RosterBook } from './groups/roster-book.ts';
import { DeliveryLog } from './log/delivery-log.ts';
import { Acceptor } from './messages/acceptor.ts';
import type { AcceptedMessage } from './messages/batch-commit.ts';
import { GrantBook } from './messages/grant-book.ts';
import type { PrepareOptions } from './messages/prepare.ts';
import { PolicyBook } from './policy-book.ts';
import { Rates } from './rates.ts';
import type { Parts } from './socket/handlers.ts';
import { Hub } from './socket/hub.ts';
import { messageItem } from './socket/message-item.ts';
import { readMailbox } from './store/mailbox-read.ts';

/** What a process hands in. */
export interface Environment {
  readonly nowMs: () => number;
  readonly random: Random;
  readonly onError: (error: unknown) => void;
}

export interface Core {
  readonly sql: Sql;
  readonly log: DeliveryLog;
  readonly hub: Hub;
  readonly acceptor: Acceptor;
  readonly prepare: PrepareOptions;
  readonly parts: Parts;
  readonly enrolment: Enrolment;
  readonly renewals: Renewals;
  readonly territories: Territories;
  readonly policies: PolicyBook;
  readonly relayKey: Uint8Array;
}

/** `batchSql` has the two connections of the group commit. The log's copy is open and not yet followed. */
export async function createCore(config: DeliveryConfig, sql: Sql, batchSql: Sql, env: Environment): Promise<Core> {
  const { nowMs, random, onError } = env;
  const now = () => Math.floor(nowMs() / 1000);
  const { relaySeed, registrarSeed, logPrivateUrl, anchor } = config;
  const relayKey = crypto.ed25519PublicKey(relaySeed);
  const mirror = await LogMirror.open({ anchor, dir: config.dir, now, onFault: onError });
  const writer = (seed: Uint8Array) => new LogWriter({ url: logPrivateUrl, seed, now, random });
  const log = new DeliveryLog({ mirror, relay: writer(relaySeed), registrar: writer(registrarSeed), privateUrl: logPrivateUrl });

  const policies = new PolicyBook({ sql, log, relaySeed, random, now });
  const policy = () => policies.policy;
  const suite = createSuite(random);
  const rules = identityRules(sql, now);
  const rosters = new RosterBook();
  const epochs = new Epochs({ sql, log, relaySeed, relayKey, random, nowMs });
  const accounts = new Accounts(sql, now);
  const grantBook = new GrantBook({ sql, log, relayKey, random, nowMs });
  const limits = () => log.directory.profile;
  const territories = new Territories({ sql, log, logPrivateUrl, registrarSeed, random, now });
  const hub = new Hub(sql);
  const onLogged = (accepted: readonly AcceptedMessage[], entry: Parameters<typeof messageItem>[1]): void => {
    for (const one of accepted) {
      for (const { deviceId, sequence } of one.posted) {
        for (const connection of hub.of(toHex(deviceId))) connection.offer(sequence, () => messageItem(one, entry, sequence));
      }
    }
  };
  const acceptor = new Acceptor({
    sql: batchSql,
    rosters,
    grants: grantBook,
    relaySeed,
    relayKey,
    random,
    nowMs,
    limits,
    log,
    onLogged,
    onError,
  });
  const parts: Parts = {
    sql,
    log,
    accounts,
    blobs: await Blobs.open({ sql, dir: config.blobsDir, random, now, policy }),
    epochs,
    grants: new Grants(sql, log, rosters, accounts),
    groups: new Groups({ sql, epochs, rosters, rules, suite, random, nowMs, policy, maxEpochAgeS: () => limits().maxEpochAgeS }),
    keyPackages: new KeyPackages({ sql, rules, suite, now }),
    network: new NetworkView({ sql, log, policies }),
    reports: new Reports({ sql, logPrivateUrl, now }),
    revocations: new Revocations({ sql, log, registrarSeed, now }),
    vouchers: new Vouchers({ sql, random, now, policy }),
    rates: new Rates(nowMs),
    policy,
    readPage: (deviceId, after, limit) => readMailbox(sql, log, deviceId, after, limit),
    now,
  };
  return {
    sql,
    log,
    hub,
    acceptor,
    prepare: { sql, grants: grantBook, rosters, nowMs, limits },
    parts,
    enrolment: new Enrolment({ sql, log, anchor, territories, registrarSeed, random, now, policy, onError }),
    renewals: new Renewals({ sql, log, registrarSeed, now }),
    territories,
    policies,
    relayKey,
  };
}
