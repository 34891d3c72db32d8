/** A load that any number of callers wait for: one that gives up leaves it to the others, the last one ends it. */
export class SharedLoad<V> {
  readonly #value: Promise<V>;
  readonly #stop = new AbortController();
  #waiting = 0;
  #settled = false;

  /** `onFailure` is called before any caller sees it. */
  constructor(load: (signal: AbortSignal) => Promise<V>, onFailure: () => void) {
    this.#value = load(this.#stop.signal);
    const settle = (): void => {
      this.#settled = true;
    };
    this.#value.then(settle, () => {
      settle();
      onFailure();
    });
  }

  /** Whether all gave it up, so that there is nothing to wait for. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** The value, unless `signal`, which is not aborted yet, is so before it is there. */
  wait(signal: AbortSignal | undefined): Promise<V> {
    if (this.#settled) return this.#value;
    this.#waiting++;
    // It never gives up, and so keeps the load going.
    if (!signal) return this.#value;
    const { promise, resolve, reject } = Promise.withResolvers<V>();
    const giveUp = (): void => {
      reject(signal.reason);
      if (--this.#waiting === 0) this.#stop.abort(signal.reason);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    const settle = (): void => signal.removeEventListener("abort", giveUp);
    this.#value.then(settle, settle);
    this.#value.then(resolve, reject);
    return promise;
  }
}
