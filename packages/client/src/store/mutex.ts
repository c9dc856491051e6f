/** Runs one piece of work after the other, in the order asked for. */
export class Mutex {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    // The next one waits for the end, whichever it is; the caller gets the error.
    this.#last = result.catch(() => undefined);
    return result;
  }
}
