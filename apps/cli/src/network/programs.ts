/** Where the compiled services, their migrations and the built pages are: beside this program in the checkout. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from '../failure.ts';
import type { Pages, ProcessPlan } from './configs.ts';

export interface Programs {
  mainOf(service: ProcessPlan['service']): string;
  migrationsOf(service: 'delivery' | 'review'): string;
  readonly pages: Pages;
}

/** Throws `build.missing` where `npm run build` has not been run. */
export function findPrograms(): Programs {
  const root = fileURLToPath(new URL('../../../..', import.meta.url));
  const page = (name: string) => {
    const folder = join(root, 'apps', name, 'dist', 'pages');
    return existsSync(join(folder, 'index.html')) ? folder : null;
  };
  return {
    mainOf(service) {
      const main = join(root, 'services', service, 'dist', 'main.js');
      if (!existsSync(main)) throw new CliError('build.missing', `${main} does not exist: run npm run build`);
      return main;
    },
    migrationsOf: (service) => join(root, 'services', service, 'migrations'),
    pages: { messenger: page('messenger'), console: page('console') },
  };
}
