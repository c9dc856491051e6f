/** A member's home: the device's sealed store and its key, and the client that lives in it. */
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, type ClientOptions, createClock } from '@countersign/client';
import { openFileStore, readKeyFile, wsTransport } from '@countersign/client/node';
import type { Cli } from '../cli.ts';
import { CliError, exitOf } from '../failure.ts';

const ONLINE_MAX_MS = 20_000;

/** The ports of a device whose store is in `home`, which is made if need be. Whoever opens it closes the store. */
export async function homeOptions(cli: Cli, home: string): Promise<ClientOptions> {
  const dir = resolve(home);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const key = await readKeyFile(join(dir, 'key'), cli.random);
  const store = await openFileStore({ dir: join(dir, 'store'), key, random: cli.random });
  return { store, transport: wsTransport, fetch, clock: createClock(cli.nowMs), random: cli.random };
}

/** Opens the home, lets `use` have its client, and closes it again whatever happens. */
export async function withMember<T>(
  cli: Cli,
  home: string,
  use: (client: Client) => Promise<T>,
  line: 'online' | 'offline' = 'online',
): Promise<T> {
  const options = await homeOptions(cli, home);
  let client: Client;
  try {
    client = await Client.open(options);
  } catch (error) {
    await options.store.close();
    throw error;
  }
  try {
    if (line === 'online') await goOnline(client);
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Throws the code that the service refused the device with, or `internal.unavailable` when it cannot be reached. */
export async function goOnline(client: Client, maxMs = ONLINE_MAX_MS): Promise<void> {
  let refusal: string | null = null;
  const abort = new AbortController();
  const late = setTimeout(() => abort.abort(), maxMs);
  const stop = client.events.on('connection', ({ state, code }) => {
    if (state === 'online' || code === null) return;
    refusal = code;
    // A refused proof stays refused; a service that is not there may come back in time.
    if (code.startsWith('session.')) abort.abort();
  });
  try {
    await client.connect(abort.signal);
  } catch (cause) {
    const code = refusal ?? 'internal.unavailable';
    throw new CliError(code, `${client.me.url} does not let this device in`, exitOf(code), { cause });
  } finally {
    stop();
    clearTimeout(late);
  }
}
