/** `countersign up`: a whole network on this machine, from its genesis on, kept running until it is told to end. */
import type { Demo } from '../demo/demo.ts';
import { UsageError } from '../failure.ts';
import { CUSTODIANS_MAX, WITNESSES_MAX } from '../network/ports.ts';
import { dataOption, parseCount } from '../options.ts';
import type { AddVerb } from '../program.ts';

interface UpOptions {
  readonly data: string;
  readonly port?: number;
  readonly demo?: boolean;
  readonly custodians: number;
  readonly threshold: number;
  readonly witnesses: number;
  readonly agencies?: string;
}

const PORT_MIN = 1024;
/** The block of 96 ends at the last port there is. */
const PORT_MAX = 65_440;

export const addUp: AddVerb = (program, { cli, output }) => {
  program
    .command('up')
    .description('start a network on this machine: make it at the first start, take it up where it was afterwards')
    .addOption(dataOption())
    .option('--port <n>', 'first of 96 ports on loopback; the first is the messenger', parseCount(PORT_MIN, PORT_MAX))
    .option('--demo', 'bundled members talk without end, under a live order that everybody has approved')
    .option('--custodians <n>', 'of a new network', parseCount(2, CUSTODIANS_MAX), 5)
    .option('--threshold <n>', 'custodians needed to read what an order covers', parseCount(2, CUSTODIANS_MAX), 3)
    .option('--witnesses <n>', 'of a new network; a majority must have cosigned', parseCount(1, WITNESSES_MAX), 3)
    .option(
      '--agencies <file>',
      'of a new network: JSON list of {"code","name","territory","gateway"}; sixteen countries otherwise',
    )
    .addHelpText('after', HELP)
    .action(async (options: UpOptions) => {
      if (options.threshold > options.custodians) throw new UsageError('--threshold is at most the number of --custodians');
      const { DEFAULT_AGENCIES, readAgencies } = await import('../network/agencies.ts');
      const { startNetwork } = await import('../network/network.ts');
      const agencies = options.agencies === undefined ? DEFAULT_AGENCIES : await readAgencies(options.agencies);
      const { custodians, threshold, witnesses } = options;
      const network = await startNetwork(cli, {
        dir: options.data,
        port: options.port ?? null,
        size: { custodians, threshold, witnesses, agencies },
      });
      const { messenger, console, api, log } = network.urls;
      const data = network.dir.path;
      const ended = network.databaseEnded.then(() => 'the database server ended');
      const asked = new Promise<null>((resolve) => {
        if (cli.ending.aborted) resolve(null);
        cli.ending.addEventListener('abort', () => resolve(null));
      });
      output.result(
        { ready: true, messenger, console, api, log, data },
        `Messenger  ${messenger}\nConsole    ${console}\nLog        ${log}\nData       ${data}\nCtrl-C ends it.`,
      );
      let demo: Demo | null = null;
      if (options.demo) {
        const { runDemo } = await import('../demo/demo.ts');
        runDemo(cli, network).then(
          (running) => {
            demo = running;
          },
          (error: Error) => cli.say(`the demonstration did not begin: ${error.message}`),
        );
      }
      const why = await Promise.race([asked, ended]);
      await (demo as Demo | null)?.stop();
      await network.stop();
      if (why !== null) throw new Error(why);
    });
};

const HELP = `
The first line on stdout says that it is ready: {"ready":true,"messenger","console","api","log","data"}. SIGTERM and
SIGINT stop everything in order. Killing it at any time loses nothing that was acknowledged: start it again with the
same --data. Set DATABASE_URL to a role that may create databases and roles to use a PostgreSQL server of your own;
otherwise an embedded one keeps its data in DIR/postgres. One server serves one network.

Everybody's keys lie in DIR/bootstrap, readable by you alone: hand bootstrap/people/NAME.json to that person and
delete it. Officers are named like au-officer, one for each agency, and authority, duty, oversight, registrar and
reviewer; "officer" means the first agency's.`;
