/** Whatever bytes come from outside, the port ends in a value or an MlsError. */
import fc from 'fast-check';
import { beforeAll, describe, it } from 'vitest';
import {
  Group,
  keyPackageRef,
  MlsError,
  type OwnKeyPackage,
  readMessageHeader,
  verifyCommit,
  verifyGroupInfo,
  verifyKeyPackage,
  verifyLeave,
} from '../../src/index.ts';
import { Device, groupOf, NOW, type Relay, rules, suite } from '../world.ts';

let relay: Relay;
let alice: Device;
let bob: Device;
let outsider: Device;
let own: OwnKeyPackage;
/** Valid messages of every kind, to be damaged. */
let samples: Uint8Array[];

beforeAll(async () => {
  const world = await groupOf(4);
  relay = world.relay;
  [alice, bob] = world.devices as [Device, Device];
  for (const device of world.devices) await relay.update(device);
  outsider = new Device();
  own = await outsider.keyPackage();
  const frame = await alice.group.commit({ add: [own.message], now: NOW });
  const leave = await (world.devices[2] as Device).group.leave();
  samples = [frame.commit, frame.groupInfo, frame.welcome as Uint8Array, own.message, leave, await alice.say('sample')];
});

/** Every function that reads bytes from outside. */
const readers: [string, (bytes: Uint8Array) => unknown][] = [
  ['process', (bytes) => bob.group.process(bytes)],
  ['decrypt', (bytes) => bob.group.decrypt(bytes)],
  ['join', (bytes) => Group.join(bytes, own, outsider.env)],
  ['resync', (bytes) => Group.resync(bytes, own, outsider.env)],
  ['commit', (bytes) => bob.group.commit({ add: [bytes], now: NOW })],
  ['verifyKeyPackage', (bytes) => verifyKeyPackage(bytes, NOW, rules, suite)],
  ['keyPackageRef', (bytes) => keyPackageRef(bytes, suite)],
  ['verifyGroupInfo', (bytes) => verifyGroupInfo(bytes, rules, suite)],
  ['verifyLeave', (bytes) => verifyLeave(relay.public_, bytes, suite)],
  ['verifyCommit', (bytes) => verifyCommit(relay.public_, bytes, samples[1] as Uint8Array, rules, suite)],
  ['verifyCommit, GroupInfo', (bytes) => verifyCommit(relay.public_, samples[0] as Uint8Array, bytes, rules, suite)],
  ['readMessageHeader', (bytes) => readMessageHeader(bytes)],
];

async function onlyMlsErrors(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): Promise<void> {
  try {
    await read(bytes);
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
  }
  await bob.group.abandonCommit();
}

/** A valid message with some bytes replaced, cut or repeated. */
const damaged = fc
  .record({
    sample: fc.nat(5),
    edits: fc.array(fc.record({ at: fc.nat(), value: fc.nat(255) }), { maxLength: 4 }),
    cut: fc.option(fc.nat(), { nil: undefined, freq: 3 }),
    tail: fc.uint8Array({ maxLength: 8 }),
  })
  .map((plan) => plan);

describe('bytes from outside end in a value or an MlsError', () => {
  for (const [name, read] of readers) {
    it(`${name}: random bytes`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), fc.boolean(), fc.nat(5), async (bytes, framed, format) => {
          const prefix = framed ? Uint8Array.of(0, 1, 0, format, ...bytes) : bytes;
          await onlyMlsErrors(read, prefix);
        }),
        { numRuns: 100 },
      );
    });

    it(`${name}: damaged messages`, async () => {
      await fc.assert(
        fc.asyncProperty(damaged, async ({ sample, edits, cut, tail }) => {
          const bytes = Uint8Array.from(samples[sample] as Uint8Array);
          for (const { at, value } of edits) bytes[at % bytes.length] = value;
          const kept = cut === undefined ? bytes : bytes.subarray(0, cut % bytes.length);
          await onlyMlsErrors(read, cut === undefined ? kept : Uint8Array.of(...kept, ...tail));
        }),
        { numRuns: 60 },
      );
    });
  }
});
