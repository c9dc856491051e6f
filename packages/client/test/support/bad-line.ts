/** A line that misbehaves: it sees each frame between a device and its service and may drop, repeat, reorder or change it. */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { deliveryFrames } from '@countersign/wire';
import type { Transport } from '../../src/index.ts';
import { wsTransport } from '../../src/node/index.ts';

export interface BadLine extends Transport {
  /** What arrives in place of a frame from the service: none, one or several. */
  down: (frame: deliveryFrames.ServerFrame) => deliveryFrames.ServerFrame[];
  /** What the service gets in place of a frame of the device. */
  up: (frame: deliveryFrames.ClientFrame) => deliveryFrames.ClientFrame[];
  /** Breaks the connection that is open. */
  cut(): void;
}

export function badLine(): BadLine {
  let close = () => {};
  const line: BadLine = {
    down: (frame) => [frame],
    up: (frame) => [frame],
    cut: () => close(),
    async connect(url, proof, events) {
      const link = await wsTransport.connect(url, proof, {
        frame(bytes) {
          const frame = fromBinary(deliveryFrames.ServerFrameSchema, bytes);
          for (const one of line.down(frame)) events.frame(toBinary(deliveryFrames.ServerFrameSchema, one));
        },
        closed: () => events.closed(),
      });
      close = () => link.close();
      return {
        send(bytes) {
          const frame = fromBinary(deliveryFrames.ClientFrameSchema, bytes);
          for (const one of line.up(frame)) link.send(toBinary(deliveryFrames.ClientFrameSchema, one));
        },
        close: () => link.close(),
      };
    },
  };
  return line;
}

/** The mailbox items of a frame, pushed or drained. */
export function itemsOf({ body }: deliveryFrames.ServerFrame): deliveryFrames.MailboxItem[] {
  if (body.case === 'item') return [body.value];
  return body.case === 'mailbox' ? body.value.items : [];
}
