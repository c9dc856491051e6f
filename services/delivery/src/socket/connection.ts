/** One device's socket: frames out, pushes in the mailbox's order, and never more than it takes (contracts/delivery.proto). */
import { create, toBinary } from '@bufbuild/protobuf';
import { toHex } from '@countersign/bytes';
import type { DeviceId } from '@countersign/custody';
import { deliveryFrames as frames } from '@countersign/wire';
import type { WebSocket } from 'ws';
import { SOCKET_BUFFER_BYTES_MAX } from '../limits.ts';
import type { MailboxPage } from '../store/mailbox-read.ts';

const PUSH_PAGE_ITEMS = 100;
const CLOSE_REVOKED = 4001;

/** Whom the session was opened as. */
export interface SessionDevice {
  readonly deviceId: DeviceId;
  readonly accountId: Uint8Array;
  readonly envSigKey: Uint8Array;
  readonly notAfter: bigint;
}

export type ReadPage = (deviceId: Uint8Array, after: bigint, limit: number) => Promise<MailboxPage>;

export class Connection {
  readonly device: SessionDevice;
  /** Device id in hex. */
  readonly key: string;
  readonly #socket: WebSocket;
  readonly #readPage: ReadPage;
  readonly #onError: (error: unknown) => void;
  /** Once the device has drained everything: later items are pushed. */
  #isLive = false;
  #pushedUpTo = 0n;
  #isPumping = false;
  #isDirty = false;
  isAlive = true;

  constructor(device: SessionDevice, socket: WebSocket, readPage: ReadPage, onError: (error: unknown) => void) {
    this.device = device;
    this.key = toHex(device.deviceId);
    this.#socket = socket;
    this.#readPage = readPage;
    this.#onError = onError;
  }

  send(requestId: bigint, body: frames.ServerFrame['body']): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const frame = create(frames.ServerFrameSchema, { requestId, body });
    this.#socket.send(toBinary(frames.ServerFrameSchema, frame), this.#onSent);
  }

  readonly #onSent = (error?: Error | null): void => {
    if (error == null && this.#isDirty && this.#hasRoom) this.wake();
  };

  get #hasRoom(): boolean {
    return this.#socket.bufferedAmount < SOCKET_BUFFER_BYTES_MAX;
  }

  /** What the device drained itself, up to here; it goes live when nothing more waits. */
  drained(page: MailboxPage): void {
    if (page.lastSequence > this.#pushedUpTo) this.#pushedUpTo = page.lastSequence;
    if (page.more) return;
    this.#isLive = true;
    this.wake();
  }

  /** An item that was just made for this device: pushed at once when it is the next one, else read with the others. */
  offer(sequence: bigint, item: () => frames.MailboxItem): void {
    if (!this.#isLive || sequence <= this.#pushedUpTo) return;
    if (sequence === this.#pushedUpTo + 1n && !this.#isPumping && this.#hasRoom) {
      this.#pushedUpTo = sequence;
      this.send(0n, { case: 'item', value: item() });
    } else this.wake();
  }

  /** Something may wait in the mailbox. */
  wake(): void {
    if (!this.#isLive) return;
    this.#isDirty = true;
    if (this.#isPumping || !this.#hasRoom) return;
    this.#isPumping = true;
    this.#pump()
      .catch(this.#onError)
      .finally(() => {
        this.#isPumping = false;
        if (this.#isDirty && this.#hasRoom && this.isOpen) this.wake();
      });
  }

  async #pump(): Promise<void> {
    for (let more = true; more && this.#hasRoom && this.isOpen; ) {
      this.#isDirty = false;
      const page = await this.#readPage(this.device.deviceId, this.#pushedUpTo, PUSH_PAGE_ITEMS);
      this.#pushedUpTo = page.lastSequence;
      for (const item of page.items) this.send(0n, { case: 'item', value: item });
      more = page.more;
      if (more) this.#isDirty = true;
    }
  }

  get pushedUpTo(): bigint {
    return this.#pushedUpTo;
  }

  get isLive(): boolean {
    return this.#isLive;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** The device was revoked: it is told, and the socket closes. */
  revoke(): void {
    this.send(0n, { case: 'revoked', value: create(frames.RevokedSchema) });
    this.#socket.close(CLOSE_REVOKED, 'revoked');
  }

  /** Ends a peer that did not answer since the last call, or whose certificate has ended; asks the others. */
  checkAlive(now: number): void {
    if (!this.isAlive || BigInt(now) >= this.device.notAfter) {
      this.#socket.terminate();
      return;
    }
    this.isAlive = false;
    this.#socket.ping();
  }

  close(): void {
    this.#socket.close(1001, 'going away');
  }
}
