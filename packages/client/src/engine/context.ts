/** What every part of the engine works with. */
import type { Random } from '@countersign/crypto';
import type { Suite } from '@countersign/mls';
import type { Network } from '../network/network.ts';
import type { Clock } from '../port/clock.ts';
import type { Session } from '../session/session.ts';
import type { DeviceRecord } from '../store/tables.ts';
import type { Vault } from '../store/vault.ts';
import type { Work } from '../store/work.ts';
import type { ClientEvent, Events } from './events.ts';

export interface Context {
  readonly vault: Vault;
  readonly events: Events;
  readonly clock: Clock;
  readonly random: Random;
  readonly suite: Suite;
  device(): DeviceRecord;
  network(): Network;
  /** The session that is synchronised; null while offline. */
  session(): Session | null;
  /** Asks for what the device judges by once more: certificates, revocations, profile. */
  refreshNetwork(session: Session): Promise<void>;
  /** Something of the conversation may have to be done or sent now. */
  poke(conversation: string): void;
}

/** Tells the application once `work` is durable. */
export function announce(ctx: Context, work: Work, event: ClientEvent): void {
  work.after(() => ctx.events.emit(event));
}
