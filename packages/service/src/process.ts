/** The frame of a service's main.ts: one configuration file, one ready line, a graceful end (docs/network.md, Conventions). */
import { readFileSync, statSync } from 'node:fs';
import { destination, type Logger, pino } from 'pino';

/** How long a service may take to finish what it began before the process ends all the same. */
const SHUTDOWN_MAX_MS = 5_000;
const OTHERS_MAY_READ = 0o077;

export interface Running {
  /** Addresses by name, for the ready line. */
  readonly urls: Readonly<Record<string, string>>;
  /** Stops taking work, finishes what was begun. */
  stop(): Promise<void>;
}

export interface ServiceContext {
  readonly log: Logger;
}

/** What main.ts hands in of its process. */
export type ProcessPort = Pick<NodeJS.Process, 'argv' | 'exit' | 'on' | 'stdout'>;

/**
 * Runs a service until SIGTERM or SIGINT. `parseConfig` throws on a configuration that it does not understand; the process then ends
 * with status 2 and says why. A fault while running is logged as fatal and ends it with status 1: the supervisor starts it again.
 */
export async function runService<C>(
  port: ProcessPort,
  name: string,
  parseConfig: (json: unknown) => C,
  start: (config: C, context: ServiceContext) => Promise<Running>,
): Promise<void> {
  const log = pino({ name, base: { name } }, destination({ dest: 2, sync: true }));
  const path = port.argv[2];
  if (path === undefined) {
    log.fatal('usage: main.js CONFIG');
    return port.exit(2);
  }
  let config: C;
  try {
    config = parseConfig(readConfig(path));
  } catch (error) {
    log.fatal({ err: error }, 'the configuration file cannot be used');
    return port.exit(2);
  }
  port.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    port.exit(1);
  });
  port.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    port.exit(1);
  });
  const running = await start(config, { log });
  let ending = false;
  const end = (signal: string): void => {
    if (ending) return;
    ending = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => port.exit(1), SHUTDOWN_MAX_MS).unref();
    running.stop().then(
      () => port.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'could not stop cleanly');
        port.exit(1);
      },
    );
  };
  port.on('SIGTERM', () => end('SIGTERM'));
  port.on('SIGINT', () => end('SIGINT'));
  // A supervisor that is killed closes the channel it started us with: nobody would stop us later.
  port.on('disconnect', () => end('disconnect'));
  port.stdout.write(`${JSON.stringify({ ready: true, name, urls: running.urls })}\n`);
}

/** The JSON of a file that its owner alone may read: it holds the process's secrets. */
function readConfig(path: string): unknown {
  if ((statSync(path).mode & OTHERS_MAY_READ) !== 0) throw new Error('others may read the configuration file: chmod 600 it');
  return JSON.parse(readFileSync(path, 'utf8'));
}
