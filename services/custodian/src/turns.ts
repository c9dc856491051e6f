/** Long computations in slices, so that others are answered between them (PROTOCOL 11.3: one call may name 1,024 grants). */

/** How long others may have to wait. */
const SLICE_MS = 20;

/** Runs `steps` to its end and gives way to the event loop whenever a slice is used up. `nowMs` measures the slices. */
export async function inTurns<T>(steps: Generator<void, T>, nowMs: () => number): Promise<T> {
  let sliceEnd = nowMs() + SLICE_MS;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (nowMs() < sliceEnd) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    sliceEnd = nowMs() + SLICE_MS;
  }
}
