/** Who may open a socket: an admitted device at the public port, a gateway at the private one. Everybody else gets the same refusal. */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { toHex } from '@countersign/bytes';
import { hasRoleAt, type Officer, OfficerKeyAlg, Role } from '@countersign/custody';
import { AppError } from '@countersign/wire';
import type { Core } from '../core.ts';
import { FRAME_BYTES_MAX } from '../limits.ts';
import { findDevice, isInForce } from '../store/devices.ts';
import { CustodyStream } from '../stream/custody-stream.ts';
import { Connection } from './connection.ts';
import { runSession } from './session.ts';
import { acceptUpgrade, createSocketServer, readProof, refuseUpgrade, useProof } from './upgrade.ts';

export interface UpgradesOptions {
  readonly core: Core;
  readonly networkId: Uint8Array;
  readonly nowMs: () => number;
  readonly onError: (error: unknown) => void;
}

type Opener = (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;

/** `/v1/socket` of members' devices. */
export function serveDevices(server: Server, options: UpgradesOptions): void {
  const { core, networkId, nowMs, onError } = options;
  const { sql, hub, parts, acceptor, prepare } = core;
  const sockets = createSocketServer(FRAME_BYTES_MAX);
  serve(server, '/v1/socket', onError, async (request, socket, head) => {
    const proof = readProof(request);
    const device = await findDevice(sql, proof.id);
    const isKnown = device !== null && isInForce(device, parts.now());
    await useProof(proof, isKnown ? device.envSigKey : null, { sql, audience: 'delivery', networkId, nowMs });
    if (device === null) throw new AppError('session.proof_invalid');
    hub.ensureRoom(toHex(device.deviceId));
    const opened = await acceptUpgrade(sockets, request, socket, head);
    // ws closes by itself, with a code that says why (1009: too large).
    opened.on('error', () => {});
    const connection = new Connection(device, opened, parts.readPage, onError);
    hub.add(connection);
    opened.on('close', () => {
      hub.remove(connection);
      parts.accounts.touch(device.deviceId).catch(onError);
    });
    runSession(connection, opened, { parts, acceptor, prepare, onError });
    // Revoked between the look at the directory and the place in the hub: nobody else would tell it.
    const again = await findDevice(sql, device.deviceId);
    if (again === null || again.revokedFrom !== null) connection.revoke();
    await parts.accounts.touch(device.deviceId);
  });
}

/** `/v1/custody` of gateways. Returns the streams that are open. */
export function serveGateways(server: Server, options: UpgradesOptions): ReadonlySet<CustodyStream> {
  const { core, networkId, nowMs, onError } = options;
  const { sql, log, parts } = core;
  const sockets = createSocketServer(FRAME_BYTES_MAX);
  const streams = new Set<CustodyStream>();
  const gatewayKey = (id: Uint8Array): Uint8Array | null => keyOfGateway(log.directory.officers(id), parts.now());
  serve(server, '/v1/custody', onError, async (request, socket, head) => {
    const proof = readProof(request);
    await useProof(proof, gatewayKey(proof.id), { sql, audience: 'custody-stream', networkId, nowMs });
    const opened = await acceptUpgrade(sockets, request, socket, head);
    // ws closes by itself, with a code that says why (1009: too large).
    opened.on('error', () => {});
    const isEntitled = () => gatewayKey(proof.id) !== null;
    const stream = new CustodyStream(opened, { sql, grants: parts.grants, isEntitled, onError });
    streams.add(stream);
    opened.on('close', () => streams.delete(stream));
  });
  return streams;
}

/** The signing key of a logged role 7 certificate that is in force, or null (PROTOCOL 4.3). */
function keyOfGateway(officer: Officer | null, now: number): Uint8Array | null {
  if (officer === null || officer.key.alg !== OfficerKeyAlg.reader) return null;
  if (!hasRoleAt(officer, Role.readerGateway, now)) return null;
  return officer.revokedFrom !== null && officer.revokedFrom <= now ? null : officer.key.key.sigKey;
}

function serve(server: Server, path: string, onError: (error: unknown) => void, open: Opener): void {
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    const isHere = (request.url ?? '').split('?')[0] === path;
    const opening = isHere ? open(request, socket, head) : Promise.reject(new AppError('input.unknown_route'));
    opening.catch((error: unknown) => {
      if (!(error instanceof AppError)) onError(error);
      refuseUpgrade(socket, error);
    });
  });
}
