/** A process that writes to a store until it is killed: each commit moves `count` and a row of its own together. */
import { fromUtf8, toUtf8, u64 } from '@countersign/bytes';
import { crypto } from '@countersign/crypto';
import { openFileStore } from '../../src/node/index.ts';

const [dir = '', seed = ''] = process.argv.slice(2);
const store = await openFileStore({ dir, key: crypto.sha256(fromUtf8(seed)), random: crypto.randomBytes });
let count = Number(toUtf8((await store.get('meta', 'count')) ?? fromUtf8('0')));
for (;;) {
  count += 1;
  await store.commit([
    { table: 'meta', key: 'count', value: fromUtf8(String(count)) },
    { table: 'row', key: String(count % 50), value: crypto.randomBytes(20_000) },
    { table: 'row', key: `${count % 50} count`, value: u64(BigInt(count)) },
  ]);
  process.stdout.write(`${count}\n`);
}
