/** Where devices were, by the logged statements that could be opened; statements that could not are remembered as missing (PROTOCOL 4.3, 11.2). */
import { decode, ensure, equal, toHex } from '@countersign/bytes';
import type { Authority } from './authority.ts';
import {
  type DeviceTerritory,
  deviceTerritoryCodec,
  deviceTerritorySigner,
  territoriesOf,
  verifyDeviceTerritory,
} from './device-territory.ts';
import type { DeviceId, NetworkId, Territory } from './ids.ts';
import { keyId, type LogEntry } from './log-entry.ts';
import { acceptedOrNull } from './refusal.ts';

export class TerritoryRegister {
  readonly #byDevice = new Map<string, DeviceTerritory[]>();
  readonly #unopened = new Set<number>();
  readonly #opened = new Set<number>();

  /** A type 7 entry, which nobody can read yet. */
  add(index: number): void {
    this.#unopened.add(index);
  }

  /** The body of a type 7 entry. A statement counts if a registrar made it, and logged it himself. */
  open(index: number, entry: LogEntry, body: Uint8Array, authorities: readonly Authority[], network: NetworkId): void {
    this.#unopened.delete(index);
    if (this.#opened.has(index)) return;
    this.#opened.add(index);
    const statement = acceptedOrNull(() => {
      const verified = verifyDeviceTerritory(decode(deviceTerritoryCodec, body), authorities, network);
      const signer = deviceTerritorySigner(verified, authorities);
      ensure(signer !== null && equal(keyId(signer), entry.actorKeyId), 'territory.invalid');
      return verified;
    });
    if (statement === null) return;
    const id = toHex(statement.deviceId);
    this.#byDevice.set(id, [...(this.#byDevice.get(id) ?? []), statement]);
  }

  of(device: DeviceId, day: number): ReadonlySet<Territory> {
    return territoriesOf(this.#byDevice.get(toHex(device)) ?? [], device, day);
  }

  /** Index of the first entry whose opening is missing, or null. */
  firstUnopened(): number | null {
    return this.#unopened.values().next().value ?? null;
  }
}
