/** A device's session from upgrade to close: frames are read in order, answered, and refused with a code (contracts/delivery.proto). */
import { create, fromBinary } from '@bufbuild/protobuf';
import { Ac1Error } from '@countersign/bytes';
import { isPassing } from '@countersign/db';
import { AppError, deliveryFrames as frames } from '@countersign/wire';
import type { RawData, WebSocket } from 'ws';
import { FRAMES_IN_WORK_MAX } from '../limits.ts';
import type { Acceptor } from '../messages/acceptor.ts';
import { type PrepareOptions, parseDelivery, prepareMessage } from '../messages/prepare.ts';
import type { Connection } from './connection.ts';
import { answer, isOrdered, type Parts } from './handlers.ts';

const CLOSE_MALFORMED = 1002;

export interface SessionOptions {
  readonly parts: Parts;
  readonly acceptor: Acceptor;
  readonly prepare: PrepareOptions;
  readonly onError: (error: unknown) => void;
}

/** Reads the socket until it closes. */
export function runSession(connection: Connection, socket: WebSocket, options: SessionOptions): void {
  let inWork = 0;
  let last: Promise<void> = Promise.resolve();
  const finish = (): void => {
    inWork -= 1;
    if (inWork === FRAMES_IN_WORK_MAX - 1) socket.resume();
  };
  socket.on('message', (data, isBinary) => {
    const frame = isBinary ? parseFrame(data) : null;
    if (frame === null || frame.request.case === undefined) {
      refuse(connection, frame?.requestId ?? 0n, new AppError('frame.malformed'));
      // What cannot be read is no frame of ours; a known version with an unknown request is only refused.
      if (frame === null) socket.close(CLOSE_MALFORMED, 'frame.malformed');
      return;
    }
    inWork += 1;
    if (inWork >= FRAMES_IN_WORK_MAX) socket.pause();
    const turn = isOrdered(frame.request.case) ? last : Promise.resolve();
    const begun = turn.then(() => begin(connection, frame, options));
    if (isOrdered(frame.request.case)) last = begun.then(({ ordered }) => ordered);
    begun.then(({ whole }) => whole).then(finish, finish);
  });
  socket.on('pong', () => {
    connection.isAlive = true;
  });
}

interface Begun {
  /** When the next ordered frame may begin. */
  readonly ordered: Promise<void>;
  /** When this one is answered. */
  readonly whole: Promise<void>;
}

/** A message holds up what follows only until it stands in the queue, anything else until it is answered. Never rejects. */
async function begin(connection: Connection, frame: frames.ClientFrame, options: SessionOptions): Promise<Begun> {
  const { requestId, request } = frame;
  if (request.case === 'send') return beginMessage(connection, requestId, request.value, options);
  const whole = (async () => {
    try {
      if (request.case === undefined) throw new AppError('frame.malformed');
      connection.send(requestId, await answer(connection, request, options.parts));
    } catch (error) {
      refuse(connection, requestId, error, options.onError);
    }
  })();
  return { ordered: whole, whole };
}

async function beginMessage(
  connection: Connection,
  requestId: bigint,
  { delivery, grant }: frames.SendMessage,
  options: SessionOptions,
): Promise<Begun> {
  let objectHash: Uint8Array | undefined;
  const fail = (error: unknown): void => refuse(connection, requestId, error, options.onError, objectHash);
  try {
    options.parts.rates.take('message', connection.key);
    const parsed = parseDelivery(delivery);
    objectHash = parsed.envelope.envHash;
    const prepared = await prepareMessage(connection.device, parsed, grant, options.prepare);
    const stamped = options.acceptor.submit(connection.key, prepared);
    const whole = stamped.then((stamp) => {
      connection.send(requestId, { case: 'accepted', value: create(frames.MessageAcceptedSchema, { stamp }) });
    }, fail);
    return { ordered: Promise.resolve(), whole };
  } catch (error) {
    fail(error);
    return { ordered: Promise.resolve(), whole: Promise.resolve() };
  }
}

function refuse(
  connection: Connection,
  requestId: bigint,
  error: unknown,
  onError?: (error: unknown) => void,
  objectHash: Uint8Array = new Uint8Array(0),
): void {
  // While the database is away nothing is decided: the device has to ask again, not to give its message up.
  const shown = isPassing(error) ? new AppError('internal.unavailable', undefined, { cause: error }) : error;
  const isOurs = shown instanceof Ac1Error || shown instanceof AppError;
  if (!isOurs || shown.code.startsWith('internal.')) onError?.(error);
  const code = isOurs ? shown.code : 'internal.unknown';
  const retryAfterMs = shown instanceof AppError ? shown.retryAfterMs : 0;
  connection.send(requestId, { case: 'refusal', value: create(frames.RefusalSchema, { code, objectHash, retryAfterMs }) });
}

/** Null for what is no frame. */
function parseFrame(data: RawData): frames.ClientFrame | null {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    return fromBinary(frames.ClientFrameSchema, bytes);
  } catch {
    return null;
  }
}
