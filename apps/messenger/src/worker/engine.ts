/** The engine behind the page's calls: the store's lock, the client, and views of its records. */
import { Client, createClock, inspectVoucher, type Store, type Transport } from '@countersign/client';
import type { Random } from '@countersign/crypto';
import { errorCode } from '@countersign/ui/text';
import type { EngineApi, EngineEvent, Enrolment } from '../engine/api.ts';
import { Desk } from './desk.ts';
import type { DeviceStore } from './device-store.ts';
import { custodyView, deviceView, membersView, offerView, voucherView } from './views.ts';

export interface EnginePorts {
  readonly url: string;
  readonly store: DeviceStore;
  /** `store.in_use` while another tab has the store. */
  readonly exclusive: () => Promise<void>;
  readonly transport: Transport;
  readonly fetch: typeof globalThis.fetch;
  readonly nowMs: () => number;
  readonly random: Random;
  readonly emit: (event: EngineEvent) => void;
}

const VOUCHER_VALID_S = 7 * 86_400;

export function createEngine(ports: EnginePorts): EngineApi {
  const clock = createClock(ports.nowMs);
  let desk: Desk | null = null;
  /** Open, but without a device in it yet. */
  let blank: Store | null = null;

  const options = (store: Store) => ({ ...ports, store, clock });
  const begin = (client: Client, store: Store): void => {
    desk = new Desk({ client, store, clock, emit: ports.emit });
    desk.start();
  };
  const open = (): Desk => {
    if (desk === null) throw Object.assign(new Error('the engine is locked'), { code: 'session.expired' });
    return desk;
  };
  const client = () => open().client;

  return {
    start: async () => {
      await ports.exclusive();
      return (await ports.store.hasLock()) ? 'locked' : 'empty';
    },
    inspect: async ([first = '']) => offerView(await inspectVoucher(first, ports)),
    enrol: async (enrolment: Enrolment) => {
      if (blank === null) blank = await ports.store.unlock(enrolment.passphrase);
      else await ports.store.changePassphrase(enrolment.passphrase);
      const consent = ({ statement }: { readonly statement: string }) => statement === enrolment.statement;
      const { vouchers, handle } = enrolment;
      // Should the answer be lost, the keys stay in the store and the same vouchers serve again.
      begin(await Client.enrol({ ...options(blank), url: ports.url, vouchers, handle, consent }), blank);
      blank = null;
    },
    unlock: async (passphrase) => {
      const store = await ports.store.unlock(passphrase);
      try {
        begin(await Client.open(options(store)), store);
        return 'open';
      } catch (error) {
        if (errorCode(error) !== 'session.proof_invalid') throw error;
        blank = store;
        return 'empty';
      }
    },
    erase: async () => {
      await desk?.stop();
      await blank?.close();
      desk = null;
      blank = null;
      await ports.store.erase();
    },
    me: async () => {
      const { handle, account, device } = client().me;
      return { handle, account, device };
    },
    conversations: () => open().conversations(),
    messages: (id, before, limit) => open().messages(id, before, limit),
    send: async (id, text, replyTo) => {
      await client().send(id, replyTo === null ? { kind: 'text', text } : { kind: 'text', text, replyTo });
    },
    retry: (messageId) => client().retry(messageId),
    markRead: (id) => open().markRead(id),
    startDirect: (handle) => client().direct(handle),
    createGroup: (name, handles) => client().createGroup(name, handles),
    addMembers: (id, handles) => client().addMembers(id, handles),
    leave: (id) => client().leave(id),
    readers: async (id) => {
      const record = id === null ? null : await client().conversation(id);
      const custody = client().custody();
      return {
        members: record === null ? [] : membersView(record, client().me.account, await open().namesFor([record])),
        custody: custody === null ? null : custodyView(custody),
      };
    },
    createVoucher: async (forOwnDevice) => {
      const validS = Math.min(VOUCHER_VALID_S, client().policy?.voucher_valid_max_s ?? VOUCHER_VALID_S);
      const [made] = await client().vouchers.create({ forOwnDevice, validS });
      if (made === undefined) throw Object.assign(new Error('no voucher came'), { code: 'internal.unknown' });
      return voucherView(made);
    },
    vouchers: async () => (await client().vouchers.list()).map(voucherView),
    devices: async () => (await client().devices.list()).map(deviceView),
    revokeDevice: (id) => client().devices.revoke(id),
  };
}
