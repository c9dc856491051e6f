/** Day roots: only forwards, and nothing of a day that is over is left (PROTOCOL 6). */
import { toHex } from '@countersign/bytes';
import { deriveDayRoot } from '@countersign/custody';
import { describe, expect, it } from 'vitest';
import { advanceFloor, dayRootOf, readFloor } from '../../src/engine/day-roots.ts';
import { MemoryStore } from '../../src/index.ts';
import { epochKey, type ScopeRecord, TABLES } from '../../src/store/tables.ts';
import { Work } from '../../src/store/work.ts';

const DAY_ZERO = 20_000;
const CUSTODY_ROOT = new Uint8Array(32).fill(5);
const KEY_ID = new Uint8Array(32).fill(6);
const conversation = '00'.repeat(16);
const at = (day: number) => ({ conversation, epoch: 3n, custodyKeyId: KEY_ID, day });

async function turn<T>(store: MemoryStore, job: (work: Work) => Promise<T>): Promise<T> {
  const work = new Work(store, async () => null);
  const result = await job(work);
  await store.commit(work.writes);
  return result;
}

async function storeWithRoot(day: number): Promise<MemoryStore> {
  const store = new MemoryStore();
  await turn(store, async (work) => {
    work.put(TABLES.root, `${conversation}/${epochKey(3n)}/${toHex(KEY_ID)}`, deriveDayRoot(CUSTODY_ROOT, DAY_ZERO, day));
    const scope: ScopeRecord = {
      grant: new Uint8Array(1),
      day,
      K: new Uint8Array(32).fill(9),
      envSigKey: null,
      refused: null,
      dueMs: null,
    };
    work.put(TABLES.scope, 'ab', scope);
  });
  return store;
}

describe('day roots', () => {
  it('give every day from the kept one on, equal to the chain from the custody root', async () => {
    const store = await storeWithRoot(DAY_ZERO + 4);
    await turn(store, async (work) => {
      for (const day of [4, 5, 11]) {
        const root = await dayRootOf(work, at(DAY_ZERO + day), DAY_ZERO);
        expect(root).toEqual(deriveDayRoot(CUSTODY_ROOT, DAY_ZERO, DAY_ZERO + day).root);
      }
      expect(await dayRootOf(work, at(DAY_ZERO + 3), DAY_ZERO)).toBeNull();
      expect(await dayRootOf(work, { ...at(DAY_ZERO + 4), epoch: 4n }, DAY_ZERO)).toBeNull();
    });
  });

  it('of days behind the floor cannot be had again, and their scopes have no key', async () => {
    const store = await storeWithRoot(DAY_ZERO + 4);
    await turn(store, (work) => advanceFloor(work, DAY_ZERO + 6, DAY_ZERO));
    await turn(store, async (work) => {
      expect(await dayRootOf(work, at(DAY_ZERO + 5), DAY_ZERO)).toBeNull();
      expect(await dayRootOf(work, at(DAY_ZERO + 6), DAY_ZERO)).not.toBeNull();
      expect((await work.get<ScopeRecord>(TABLES.scope, 'ab'))?.K).toBeNull();
      expect(await readFloor(work, 0)).toBe(DAY_ZERO + 6);
    });
    // No byte of the old root or key is left in the store.
    const old = toHex(deriveDayRoot(CUSTODY_ROOT, DAY_ZERO, DAY_ZERO + 4).root);
    for (const table of [TABLES.root, TABLES.scope]) {
      for (const { value } of await store.scan(table)) {
        const text = new TextDecoder().decode(value);
        expect(text).not.toContain(old);
        expect(text).not.toContain('09'.repeat(32));
      }
    }
    // Never back.
    await turn(store, (work) => advanceFloor(work, DAY_ZERO + 5, DAY_ZERO));
    await turn(store, async (work) => expect(await readFloor(work, 0)).toBe(DAY_ZERO + 6));
  });
});
