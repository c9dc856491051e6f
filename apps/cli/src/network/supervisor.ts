/** All processes of a network on one machine: started side by side, kept alive, stopped in the order that loses nothing. */
import { Child } from './child.ts';
import type { ProcessPlan } from './configs.ts';
import type { DataDir } from './data-dir.ts';
import type { Programs } from './programs.ts';

/** Who asks others stops first, so that nobody is left waiting for an answer. */
const STOP_ORDER: readonly ProcessPlan['service'][] = ['notices', 'review', 'delivery', 'custodian', 'logbook', 'witness'];

export class Supervisor {
  readonly #dir: DataDir;
  readonly #programs: Programs;
  readonly #note: (text: string) => void;
  readonly #children: { readonly plan: ProcessPlan; readonly child: Child }[] = [];

  constructor(dir: DataDir, programs: Programs, note: (text: string) => void) {
    this.#dir = dir;
    this.#programs = programs;
    this.#note = note;
  }

  /** Starts the planned processes, whose configurations are written, and resolves when all are ready; rejects when one is not. */
  async start(plans: readonly ProcessPlan[]): Promise<void> {
    await Promise.all(
      plans.map(async (plan) => {
        const child = new Child({
          name: plan.name,
          program: this.#programs.mainOf(plan.service),
          config: this.#dir.configOf(plan.name),
          logs: this.#dir.logs,
          run: this.#dir.run,
          note: this.#note,
        });
        this.#children.push({ plan, child });
        await child.start();
      }),
    );
  }

  /** How many processes are meant to run. */
  get size(): number {
    return this.#children.length;
  }

  async stop(): Promise<void> {
    for (const service of STOP_ORDER) {
      const ending = this.#children.filter(({ plan }) => plan.service === service);
      await Promise.all(ending.map(({ child }) => child.stop()));
    }
  }
}
