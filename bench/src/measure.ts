/**
 * CPU time of a piece of work, by process.cpuUsage: user and system of this process, garbage collection and worker threads included.
 * Not wall time, so that a busy machine spoils the figures less.
 */

/** What one sample may take of the CPU, after a warm-up of a tenth of it. */
export interface Budget {
  readonly sampleCpuMs: number;
}

const WARM_UP_SHARE = 0.1;

/** CPU milliseconds for one call, from as many calls as the budget allows. */
export async function cpuMsPerCall(budget: Budget, work: () => unknown): Promise<number> {
  await repeat(budget.sampleCpuMs * WARM_UP_SHARE, work);
  const { calls, cpuMs } = await repeat(budget.sampleCpuMs, work);
  return cpuMs / calls;
}

/** Calls for one second of CPU. */
export async function callsPerCpuSecond(budget: Budget, work: () => unknown): Promise<number> {
  return 1000 / (await cpuMsPerCall(budget, work));
}

async function repeat(cpuMaxMs: number, work: () => unknown): Promise<{ calls: number; cpuMs: number }> {
  const start = process.cpuUsage();
  for (let calls = 1, batch = 1; ; calls++) {
    await work();
    // Reading the clock after every call would be measured too.
    if (calls % batch !== 0) continue;
    const { user, system } = process.cpuUsage(start);
    const cpuMs = (user + system) / 1000;
    if (cpuMs >= cpuMaxMs) return { calls, cpuMs };
    if (cpuMs < cpuMaxMs / 100) batch *= 2;
  }
}

/** Three significant digits: more would claim a precision that a shared machine does not have. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
