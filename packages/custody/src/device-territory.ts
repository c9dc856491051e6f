/** DeviceTerritory: the registrar's statement of where a device was during at most 31 days (PROTOCOL 4). */
import { ensure, equal, type Infer, struct, uint32, uint64, version } from '@countersign/bytes';
import { type Authorities, findSigner } from './authority.ts';
import { type DeviceId, deviceId, type NetworkId, networkId, sig, type Territory, territory } from './ids.ts';
import { Role } from './role.ts';
import { createSigned } from './signed.ts';

/** A statement's last day is at most this many days after its first. */
const TERRITORY_SPAN_MAX_DAYS = 30;

export const deviceTerritoryCodec = struct({
  version,
  networkId,
  deviceId,
  territory,
  /** Both ends included. */
  dayFrom: uint32,
  dayTo: uint32,
  issued: uint64,
  sig,
});
export type DeviceTerritory = Infer<typeof deviceTerritoryCodec>;

/** Signed by an authority with role 6. */
export function createDeviceTerritory(body: Omit<DeviceTerritory, 'sig'>, registrarSeed: Uint8Array): DeviceTerritory {
  return createSigned(deviceTerritoryCodec, 'AC1 territory', body, registrarSeed);
}

/** The statement, proven to be a registrar's and of a permitted length; else `territory.invalid`. */
export function verifyDeviceTerritory(
  statement: DeviceTerritory,
  authorities: Authorities,
  network: NetworkId | null = null,
): DeviceTerritory {
  ensure(network === null || equal(statement.networkId, network), 'territory.invalid');
  ensure(deviceTerritorySigner(statement, authorities) !== null, 'territory.invalid');
  const { dayFrom, dayTo } = statement;
  ensure(dayFrom <= dayTo && dayTo - dayFrom <= TERRITORY_SPAN_MAX_DAYS, 'territory.invalid');
  return statement;
}

/** The key of the registrar that signed it, or null. */
export function deviceTerritorySigner(statement: DeviceTerritory, authorities: Authorities): Uint8Array | null {
  return findSigner(deviceTerritoryCodec, 'AC1 territory', statement, authorities, [Role.registrar]);
}

/**
 * `Territories(device, day)`: the union over all logged statements, none of which supersedes another; empty means unknown. It is
 * taken from the judge's own copy of the log, never from a requester, who could leave one out (PROTOCOL 4).
 */
export function territoriesOf(statements: readonly DeviceTerritory[], device: DeviceId, day: number): ReadonlySet<Territory> {
  const ofDay = statements.filter(({ dayFrom, dayTo }) => dayFrom <= day && day <= dayTo);
  return new Set(ofDay.filter(({ deviceId }) => equal(deviceId, device)).map(({ territory }) => territory));
}
