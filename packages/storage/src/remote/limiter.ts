interface Waiter {
  go(): void;
}

/** Lets so many in at a time; fewer after the server asked to slow down, more again as it answers. */
export class Limiter {
  readonly #most: number;
  readonly #least: number;
  #limit: number;
  #inside = 0;
  #waiting = new Set<Waiter>();

  constructor(most: number, least: number = Math.min(4, most)) {
    this.#most = most;
    this.#least = least;
    this.#limit = most;
  }

  /** So many at a time, now. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    await this.#enter(signal);
    try {
      const result = await work();
      // One more for each full round of answers.
      this.#limit = Math.min(this.#most, this.#limit + 1 / this.#limit);
      return result;
    } finally {
      this.#inside--;
      this.#admit();
    }
  }

  /** Halves the number, down to the least. */
  slowDown(): void {
    this.#limit = Math.max(this.#least, this.#limit / 2);
  }

  #enter(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const stop = (): void => {
        this.#waiting.delete(waiter);
        reject(signal.reason);
      };
      const waiter: Waiter = {
        go: () => {
          signal.removeEventListener("abort", stop);
          this.#inside++;
          resolve();
        },
      };
      signal.addEventListener("abort", stop, { once: true });
      this.#waiting.add(waiter);
      this.#admit();
    });
  }

  #admit(): void {
    for (const waiter of this.#waiting) {
      if (this.#inside >= this.limit) return;
      this.#waiting.delete(waiter);
      waiter.go();
    }
  }
}

/** Spreads repeats over time: none is refused, but a storm of failures does not become one of requests. */
export class RetryBudget {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at = performance.now();

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#burst = 10 * perSecond;
    this.#tokens = this.#burst;
  }

  /** Takes one repeat and tells how many milliseconds to hold it back. */
  take(): number {
    const now = performance.now();
    const earned = ((now - this.#at) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + earned) - 1;
    this.#at = now;
    return this.#tokens >= 0 ? 0 : (-this.#tokens / this.#perSecond) * 1000;
  }
}
