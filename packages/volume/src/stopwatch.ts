/** Time in which at least one piece of work was under way: what overlaps counts once. */
export class Stopwatch {
  #total = 0;
  #since = 0;
  #running = 0;

  get ms(): number {
    return this.#total;
  }

  async time<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#running++ === 0) this.#since = performance.now();
    try {
      return await work();
    } finally {
      if (--this.#running === 0) this.#total += performance.now() - this.#since;
    }
  }
}
