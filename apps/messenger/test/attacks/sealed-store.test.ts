/** Whoever has the browser's files without the passphrase: reads nothing, and what he changes is noticed. */
import { fromUtf8, toUtf8 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { describe, expect, it } from 'vitest';
import { openRowName, openRowValue, rowId, sealRow } from '../../src/worker/sealed-row.ts';
import { createLock, deriveStoreKeys, openLock } from '../../src/worker/store-lock.ts';

const random = (length: number) => crypto.randomBytes(length);
const keys = deriveStoreKeys(random(32));
const row = sealRow(keys, 'message', 'abc/1', fromUtf8('canary-7f3a'), random);

describe('the lock', () => {
  it('opens with its passphrase in any Unicode form, and with no other', async () => {
    const master = random(32);
    const record = await createLock(master, 'pa\u0308sswort 1', random);
    expect(await openLock(record, 'p\u00e4sswort 1')).toEqual(master);
    await expect(openLock(record, 'passwort 1')).rejects.toMatchObject({ code: 'store.locked_out' });
  }, 30_000);
});

describe('a sealed row', () => {
  it('shows neither content nor table nor key', () => {
    const text = [row.id, ...[row.name, row.value].map((bytes) => String.fromCharCode(...bytes))].join('');
    for (const word of ['canary', 'message', 'abc/1']) expect(text).not.toContain(word);
  });

  it('opens to what was stored', () => {
    expect(openRowName(keys, row)).toEqual({ table: 'message', key: 'abc/1' });
    expect(toUtf8(openRowValue(keys, row))).toBe('canary-7f3a');
    expect(rowId(keys, 'message', 'abc/1')).toBe(row.id);
  });

  it('is damaged by every changed byte', () => {
    for (let i = 0; i < row.value.length; i++) {
      const value = row.value.slice();
      value[i] = (value[i] as number) ^ 1;
      expect(() => openRowValue(keys, { ...row, value })).toThrow('store.damaged');
    }
  });

  it('cannot be put in place of another, nor its name in place of its value', () => {
    const other = sealRow(keys, 'message', 'abc/2', fromUtf8('other'), random);
    expect(() => openRowValue(keys, { ...row, value: other.value })).toThrow('store.damaged');
    expect(() => openRowValue(keys, { ...row, value: row.name })).toThrow('store.damaged');
  });
});
