/** A device and its service kept in step: what is done when a line comes up, on each push, and by the clock. */
import { create } from '@bufbuild/protobuf';
import { decode, equal, toHex } from '@countersign/bytes';
import { acceptedOrNull, type CustodyKey, deviceCertCodec } from '@countersign/custody';
import { deliveryFrames } from '@countersign/wire';
import type { Context } from './engine/context.ts';
import { Inbox } from './engine/inbox.ts';
import { fillKeyPackages } from './engine/key-packages.ts';
import { addMissingDevices } from './engine/membership.ts';
import { sendReports } from './engine/reports.ts';
import type { Tender } from './engine/tender.ts';
import { checkDueGrants, checkHeld, closeDays, closeOldDays, sweepExpired } from './engine/upkeep.ts';
import { Network, type NetworkFacts } from './network/network.ts';
import { verifyNetwork } from './network/verify-network.ts';
import { nowS } from './port/clock.ts';
import type { Answer, Session } from './session/session.ts';
import { type ConversationRecord, type DeviceRecord, TABLES } from './store/tables.ts';

/** The heartbeat: a drain, answered by the service, says that the line is alive and nothing was missed. */
const HEARTBEAT_MS = 20_000;
/** The directory is asked this often for new and revoked devices, besides each time that the service says so. */
const NETWORK_PERIOD_MS = 120_000;
const EXPECT_DEVICE_MS = 2000;
const ADD_DEVICE_MIN_MS = 500;
const ADD_DEVICE_MAX_MS = 60_000;
const EXPECT_DEVICE_MAX_MS = 900_000;

const NETWORK = 'network';
const DEVICE = 'device';

export interface SyncState {
  network: Network | null;
  device: DeviceRecord;
}

export class Sync {
  readonly inbox: Inbox;
  readonly #ctx: Context;
  readonly #state: SyncState;
  readonly #tender: Tender;
  #networkCheckedMs = 0;
  #cancelExpect: () => void = () => {};
  #cancelAdding: () => void = () => {};
  #addingPauseMs = ADD_DEVICE_MIN_MS;
  #cancelBeat: () => void = () => {};
  #cancelSweep: () => void = () => {};

  constructor(ctx: Context, state: SyncState, tender: Tender) {
    this.#ctx = ctx;
    this.#state = state;
    this.#tender = tender;
    this.inbox = new Inbox(ctx);
  }

  /** Before the device counts as online: it knows the network, has its mail, and can be reached. */
  async begin(session: Session): Promise<void> {
    await this.refreshNetwork(session);
    await closeOldDays(this.#ctx);
    await this.inbox.drain(session);
    await closeDays(this.#ctx);
    await fillKeyPackages(this.#ctx, session);
  }

  /** Once it is online. */
  async resume(session: Session): Promise<void> {
    await this.#pokeAll();
    this.#beatLater(session);
    await this.#upkeep(session);
  }

  stop(): void {
    this.#cancelBeat();
    this.#cancelSweep();
    this.#cancelExpect();
    this.#cancelAdding();
  }

  receive(session: Session, body: Answer): void {
    const { events } = this.#ctx;
    switch (body.case) {
      case 'item':
        this.inbox.push(session, body.value);
        return;
      case 'networkChanged':
        void this.#networkChanged(session).catch(() => session.close());
        return;
      case 'revoked':
        events.emit({ type: 'revoked' });
        return;
      case 'typing': {
        const { groupId, accountId } = body.value;
        events.emit({ type: 'typing', conversation: toHex(groupId), account: toHex(accountId) });
        return;
      }
      default:
        return;
    }
  }

  /** Messages that disappear do so offline too. */
  async sweep(): Promise<void> {
    this.#cancelSweep();
    const nextMs = await sweepExpired(this.#ctx);
    if (nextMs !== null) this.#cancelSweep = this.#ctx.clock.after(Math.min(nextMs, 2 ** 31 - 1), () => void this.sweep());
  }

  #beatLater(session: Session): void {
    this.#cancelBeat();
    this.#cancelBeat = this.#ctx.clock.after(HEARTBEAT_MS, () => {
      if (!session.isOpen) return;
      this.#upkeep(session).then(
        () => this.#beatLater(session),
        () => session.close(),
      );
    });
  }

  async #upkeep(session: Session): Promise<void> {
    await this.inbox.drain(session);
    await closeDays(this.#ctx);
    await fillKeyPackages(this.#ctx, session);
    await checkDueGrants(this.#ctx, session);
    await checkHeld(this.#ctx);
    await sendReports(this.#ctx, session);
    if (this.#ctx.clock.nowMs() - this.#networkCheckedMs > NETWORK_PERIOD_MS) await this.refreshNetwork(session);
    await this.sweep();
    await this.#pokeAll();
  }

  async #networkChanged(session: Session): Promise<void> {
    await this.refreshNetwork(session);
    await this.#pokeAll();
  }

  async #pokeAll(): Promise<void> {
    for (const { key, value } of await this.#ctx.vault.scan<ConversationRecord>(TABLES.conversation)) {
      if (value.status !== 'left') this.#ctx.poke(key);
    }
  }

  /** A device that cannot be added yet, because it has no packages for instance, is tried again with growing pauses. */
  async #addMissingDevices(session: Session): Promise<void> {
    const attempts: Promise<void>[] = [];
    for (const { key, value } of await this.#ctx.vault.scan<ConversationRecord>(TABLES.conversation)) {
      if (value.status !== 'active') continue;
      attempts.push(this.#tender.exclusively(key, () => addMissingDevices(this.#ctx, session, key)));
    }
    void Promise.allSettled(attempts).then((results) => {
      this.#cancelAdding();
      if (results.every(({ status }) => status === 'fulfilled')) {
        this.#addingPauseMs = ADD_DEVICE_MIN_MS;
        return;
      }
      this.#addingPauseMs = Math.min(2 * this.#addingPauseMs, ADD_DEVICE_MAX_MS);
      this.#cancelAdding = this.#ctx.clock.after(this.#addingPauseMs, () => {
        if (session.isOpen) this.#addMissingDevices(session).catch(() => session.close());
      });
    });
  }

  /** A voucher for an own device was made: the directory is asked often until that device is there. */
  expectDevice(forMs: number): void {
    const { clock } = this.#ctx;
    const endMs = clock.nowMs() + Math.min(forMs, EXPECT_DEVICE_MAX_MS);
    const known = this.#ownDevices();
    const look = async (): Promise<void> => {
      const session = this.#ctx.session();
      if (session !== null) await this.refreshNetwork(session);
    };
    const wait = (): void => {
      this.#cancelExpect();
      if (this.#ownDevices() !== known || clock.nowMs() >= endMs) return;
      // A line that breaks meanwhile is no reason to stop looking.
      this.#cancelExpect = clock.after(EXPECT_DEVICE_MS, () => void look().then(wait, wait));
    };
    wait();
  }

  #ownDevices(): number {
    const { network, device } = this.#state;
    return network?.facts.devices.filter(({ accountId }) => equal(accountId, device.accountId)).length ?? 0;
  }

  async refreshNetwork(session: Session): Promise<void> {
    const request = create(deliveryFrames.FetchNetworkSchema, {});
    const frame = await session.call({ case: 'fetchNetwork', value: request }, 'network');
    const previous = this.#state.network;
    const network = verifyNetwork(frame, { anchor: this.#state.device.anchor, previous, nowS: nowS(this.#ctx.clock) });
    const device = withNewestCert(network, this.#state.device, frame.deviceCerts);
    network.verifyCert(device.cert);
    await this.#ctx.vault.turn(async (work) => {
      work.put(TABLES.meta, NETWORK, network.facts);
      work.put(TABLES.meta, DEVICE, device);
    });
    this.#state.network = network;
    this.#state.device = device;
    this.#networkCheckedMs = this.#ctx.clock.nowMs();
    await this.#addMissingDevices(session);
    this.#ctx.events.emit({ type: 'network' });
    if (previous !== null && !isSameCustody(previous.facts, network.facts)) this.#ctx.events.emit({ type: 'custody' });
  }
}

/** What was proven when the device was last online. */
export async function readNetwork(vault: Context['vault']): Promise<Network | null> {
  const facts = await vault.get<NetworkFacts>(TABLES.meta, NETWORK);
  return facts === null ? null : new Network(facts);
}

/** The registrar renews certificates; the newest of this device's own goes into its next key update. */
function withNewestCert(network: Network, device: DeviceRecord, certs: readonly Uint8Array[]): DeviceRecord {
  let newest = decode(deviceCertCodec, device.cert);
  let bytes = device.cert;
  for (const one of certs) {
    const cert = acceptedOrNull(() => network.verifyCert(one));
    if (cert === null || !equal(cert.deviceId, device.deviceId) || cert.notAfter <= newest.notAfter) continue;
    newest = cert;
    bytes = one;
  }
  return { ...device, cert: bytes };
}

/** Keys and people of custody, in any order. */
function isSameCustody(before: NetworkFacts, after: NetworkFacts): boolean {
  const namesOf = ({ custodyKeys }: NetworkFacts) => custodyKeys.map(nameOf).sort().join(' ');
  return namesOf(before) === namesOf(after);
}

function nameOf({ custodyKeyId, shareGen, t, custodians }: CustodyKey): string {
  return [toHex(custodyKeyId), shareGen, t, ...custodians.map(({ sigKey }) => toHex(sigKey))].join('/');
}
