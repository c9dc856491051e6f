/** One row of the store as it rests: named by a keyed hash, its table, key and value sealed. */
import { concat, fromHex, fromUtf8, toHex, toUtf8 } from '@countersign/bytes';
import { crypto, type Random } from '@countersign/crypto';
import { StoreError } from './store-error.ts';
import type { StoreKeys } from './store-lock.ts';

export interface SealedRow {
  readonly id: string;
  /** Nonce and sealed `table LF key`. */
  readonly name: Uint8Array;
  readonly value: Uint8Array;
}

const NONCE_BYTES = 12;

export function rowId({ nameKey }: StoreKeys, table: string, key: string): string {
  return toHex(crypto.hmacSha256(nameKey, fromUtf8(`${table}\n${key}`)).subarray(0, 16));
}

export function sealRow(keys: StoreKeys, table: string, key: string, value: Uint8Array, random: Random): SealedRow {
  const id = rowId(keys, table, key);
  const seal = (part: string, plain: Uint8Array) => {
    const nonce = random(NONCE_BYTES);
    return concat(nonce, crypto.aesGcmSeal(keys.sealKey, nonce, aadOf(id, part), plain));
  };
  return { id, name: seal('name', fromUtf8(`${table}\n${key}`)), value: seal('value', value) };
}

/** `store.damaged` when it is not what was stored under that id. */
export function openRowName(
  keys: StoreKeys,
  row: Pick<SealedRow, 'id' | 'name'>,
): { readonly table: string; readonly key: string } {
  const text = toUtf8(openPart(keys, row.id, 'name', row.name)) ?? '';
  const at = text.indexOf('\n');
  return { table: text.slice(0, at), key: text.slice(at + 1) };
}

export function openRowValue(keys: StoreKeys, row: Pick<SealedRow, 'id' | 'value'>): Uint8Array {
  return openPart(keys, row.id, 'value', row.value);
}

function openPart({ sealKey }: StoreKeys, id: string, part: string, sealed: Uint8Array): Uint8Array {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const plain = crypto.aesGcmOpen(sealKey, nonce, aadOf(id, part), sealed.subarray(NONCE_BYTES));
  if (plain === null) throw new StoreError('store.damaged');
  return plain;
}

function aadOf(id: string, part: string): Uint8Array {
  return concat(fromHex(id), fromUtf8(part));
}
