/** The processes of a network, found by the files that its supervisor and its database server keep of them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where root's database goes when its account may not enter the data directory's parents. */
const SHARED_PLACE = '/var/lib/countersign';

/** Pids by the names of the services: `delivery`, `custodian-1`, `review-joint`. */
export async function servicePids(data: string): Promise<ReadonlyMap<string, number>> {
  const names = (await readdir(join(data, 'run'))).filter((name) => name.endsWith('.pid'));
  const pids = await Promise.all(names.map((name) => firstNumber(join(data, 'run', name))));
  return new Map(names.flatMap((name, i) => (pids[i] === null ? [] : [[name.slice(0, -'.pid'.length), pids[i] as number]])));
}

/** The postmaster, or null while there is none. */
export async function postmasterPid(data: string, networkId: string): Promise<number | null> {
  const beside = await firstNumber(join(data, 'postgres', 'cluster', 'postmaster.pid'));
  return beside ?? firstNumber(join(SHARED_PLACE, networkId, 'cluster', 'postmaster.pid'));
}

/** The process and all its descendants. */
export async function familyOf(pid: number): Promise<readonly number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const families = await Promise.all(
    children
      .split(' ')
      .filter(Boolean)
      .map((child) => familyOf(Number(child))),
  );
  return [pid, ...families.flat()];
}

async function firstNumber(file: string): Promise<number | null> {
  const [, digits] = /^([1-9]\d{0,9})\s/.exec(await readFile(file, 'utf8').catch(() => '')) ?? [];
  return digits === undefined ? null : Number(digits);
}
