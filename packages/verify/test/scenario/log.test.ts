/** A whole log, read from its tiles by somebody who trusts only its keys (PROTOCOL 11). */
import { Ac1Error } from '@countersign/bytes';
import { formatEntryBundle, TILE_WIDTH, type Tile } from '@countersign/tlog';
import { expect, test } from 'vitest';
import { verifyLog } from '../../src/index.ts';
import { NOW, ORIGIN, publicKeyOf, Trial } from '../trial.ts';

const trial = new Trial();
const policy = {
  origin: ORIGIN,
  logPublicKey: publicKeyOf('log'),
  witnesses: ['w1', 'w2', 'w3'].map((name) => ({ name, publicKey: publicKeyOf(name) })),
  witnessW: 2,
  checkpointMaxAgeS: 600,
};
const entries = trial.rows.map(({ entry }) => entry);
const readTile = async ({ index, width }: Tile): Promise<Uint8Array> =>
  formatEntryBundle(entries.slice(TILE_WIDTH * index, TILE_WIDTH * index + width));
const log = { checkpoint: trial.checkpoint(NOW), policy, readTile, rootKey: publicKeyOf('root'), now: NOW };

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'ok',
    (error: unknown) => {
      if (error instanceof Ac1Error) return error.code;
      throw error;
    },
  );
}

test('its entries lead to the witnessed root; those of the genesis count once the profile is read', async () => {
  const verified = await verifyLog(log);
  expect(verified.size).toBe(entries.length);
  expect(verified.absent).toEqual([]);
  expect(verified.entriesByType.get(8)).toBe(1);
  expect(verified.overdue).toEqual([]);
});

test('a changed, cut or rewritten log is found out', async () => {
  const changed = {
    ...log,
    readTile: async (tile: Tile) =>
      readTile(tile).then((bytes) => Uint8Array.from(bytes, (byte, i) => (i === 9 ? byte ^ 1 : byte))),
  };
  expect(await codeOf(verifyLog(changed))).toBe('log.inconsistent');
  expect(await codeOf(verifyLog({ ...log, readTile: async (tile) => (await readTile(tile)).subarray(1) }))).toBe(
    'log.inconsistent',
  );
  expect(await codeOf(verifyLog({ ...log, known: { size: 3, root: new Uint8Array(32) } }))).toBe('log.inconsistent');
  expect(await codeOf(verifyLog({ ...log, known: { size: 300, root: new Uint8Array(32) } }))).toBe('log.inconsistent');
  expect(await codeOf(verifyLog({ ...log, now: NOW + 700 }))).toBe('log.not_witnessed');
});

test('an order whose notice date has passed is overdue for everybody to see', async () => {
  const now = NOW + 8_000_000;
  const { overdue } = await verifyLog({ ...log, checkpoint: trial.checkpoint(now), now });
  expect(overdue).toMatchObject([{ code: 'log.notice_overdue' }]);
});
