/** How many requests run at a time: half as many when the server is busy, one more after as many went well. */
export class AdaptiveLimit {
  readonly #most: number;
  #limit: number;
  #running = 0;
  #good = 0;
  readonly #queue: (() => void)[] = [];

  constructor(most: number) {
    this.#most = most;
    this.#limit = most;
  }

  get limit(): number {
    return this.#limit;
  }

  slower(): void {
    this.#limit = Math.max(1, Math.floor(this.#limit / 2));
    this.#good = 0;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= this.#limit) {
      await new Promise<void>((resolve) => this.#queue.push(resolve));
    }
    this.#running++;
    try {
      const result = await work();
      if (++this.#good >= this.#limit && this.#limit < this.#most) {
        this.#limit++;
        this.#good = 0;
      }
      return result;
    } finally {
      this.#running--;
      for (let free = this.#limit - this.#running; free > 0; free--) this.#queue.shift()?.();
    }
  }
}
