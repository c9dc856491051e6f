/** A genesis that was interrupted is begun anew: nobody can have joined a network that was never announced. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../failure.ts';
import { type DataDir, makeDataDir } from './data-dir.ts';

/** What a genesis may leave; anything else is somebody's own. The database stays: it is brought to its state at each start. */
const OURS =
  /^(bootstrap|orders|logs|run|postgres|logbook|delivery|blobs|notices|demo|ports\.json|(witness|custodian|review)-[a-z0-9]+|\..+\.new)$/;
const KEPT = new Set(['run', 'postgres']);

/** Empties the directory of what an unfinished genesis made; throws `data.foreign` where other files are. */
export async function clearUnfinished(dir: DataDir): Promise<void> {
  const names = await readdir(dir.path);
  const foreign = names.find((name) => !OURS.test(name));
  if (foreign !== undefined)
    throw new CliError('data.foreign', `${dir.path} is no network and not empty (${foreign}): name a directory of its own`);
  for (const name of names) if (!KEPT.has(name)) await rm(join(dir.path, name), { recursive: true, force: true });
  await makeDataDir(dir);
}
