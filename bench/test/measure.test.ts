/** The ruler and what it measures: CPU time of calls, and parties whose work succeeds. */
import { openEnvelopeAsReader, verifyGrant } from '@countersign/custody';
import { combine } from '@countersign/threshold';
import { describe, expect, test } from 'vitest';
import { createCustodyNetwork } from '../src/benches/custody-network.ts';
import { createMlsPair } from '../src/benches/mls-group.ts';
import { callsPerCpuSecond, cpuMsPerCall, rounded } from '../src/measure.ts';

/** Keeps the CPU busy for `ms`. */
function spin(ms: number): void {
  const start = process.cpuUsage();
  for (let usedMs = 0; usedMs < ms; ) {
    const { user, system } = process.cpuUsage(start);
    usedMs = (user + system) / 1000;
  }
}

describe('CPU time', () => {
  test('of a call that takes five milliseconds', async () => {
    const measured = await cpuMsPerCall({ sampleCpuMs: 100 }, () => spin(5));
    expect(measured).toBeGreaterThan(4.5);
    expect(measured).toBeLessThan(10);
  });

  test('is not that of waiting', async () => {
    const never = new Int32Array(new SharedArrayBuffer(4));
    const wait = () => Atomics.wait(never, 0, 0, 20);
    const measured = await cpuMsPerCall({ sampleCpuMs: 5 }, wait);
    expect(measured).toBeLessThan(10);
  });

  test('of a short call is not that of the clock', async () => {
    expect(await callsPerCpuSecond({ sampleCpuMs: 200 }, () => 1)).toBeGreaterThan(500_000);
  });
});

test('figures have three significant digits', () => {
  expect([12_345, 0.123456, 7].map(rounded)).toEqual([12_300, 0.123, 7]);
});

test('the network of the custody bench holds together', () => {
  const network = createCustodyNetwork();
  expect(verifyGrant(network.grant, network.grantExpectations).scope).toEqual(network.scope);
  expect(combine(network.combineTarget, network.parts)).toEqual(network.openExpectations.K);
  expect(openEnvelopeAsReader(network.envelope, network.openExpectations).content).toHaveLength(120);
});

test('the last of sixteen members reads what the first sends', async () => {
  const pair = await createMlsPair(16);
  const message = Uint8Array.of(1, 2, 3);
  expect(await pair.decrypt(await pair.encrypt(message))).toEqual(message);
});
