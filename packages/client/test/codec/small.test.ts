/** Records, base64, safety numbers and the mutex: the small parts that everything stands on. */
import { concat } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deriveSafetyNumber } from '../../src/engine/safety-number.ts';
import { toBase64url } from '../../src/port/base64url.ts';
import { decodeRecord, encodeRecord } from '../../src/store/record.ts';

describe('records', () => {
  it('come back as they were', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const value = fc.record({
      bytes,
      big: fc.bigInt({ min: 0n, max: 2n ** 64n }),
      text: fc.string(),
      list: fc.array(fc.oneof(bytes, fc.boolean(), fc.integer(), fc.constant(null))),
    });
    fc.assert(
      fc.property(value, (one) => {
        expect(decodeRecord(encodeRecord(one))).toEqual(one);
      }),
    );
  });
});

describe('base64url', () => {
  it('is that of the platform', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        expect(toBase64url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      }),
    );
  });
});

describe('a safety number', () => {
  const device = (name: number) => ({
    deviceId: new Uint8Array(16).fill(name),
    mlsSigKey: new Uint8Array(32).fill(name),
    envSigKey: new Uint8Array(32).fill(name + 100),
  });
  const anna = { accountId: new Uint8Array(16).fill(1), devices: [device(1), device(2)] };
  const boris = { accountId: new Uint8Array(16).fill(2), devices: [device(3)] };

  it('is the same from both sides, in any order of devices', () => {
    const number = deriveSafetyNumber(anna, boris);
    expect(deriveSafetyNumber(boris, { ...anna, devices: [...anna.devices].reverse() })).toBe(number);
    expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
  });

  it('changes with any device, key or account', () => {
    const numbers = [
      deriveSafetyNumber(anna, boris),
      deriveSafetyNumber(anna, { ...boris, devices: [device(4)] }),
      deriveSafetyNumber({ ...anna, devices: [device(1)] }, boris),
      deriveSafetyNumber(anna, { ...boris, devices: [{ ...device(3), envSigKey: crypto.sha256(concat()) }] }),
      deriveSafetyNumber(anna, { ...boris, accountId: new Uint8Array(16).fill(9) }),
    ];
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});
