export type KeepAliveOptions = { keepAliveMs?: number };

/** Sends a sign of life at intervals, one at a time, until stopped; an open transaction expires without. */
export class KeepAlive {
  readonly #timer: NodeJS.Timeout;
  readonly #send: (signal: AbortSignal) => Promise<void>;
  readonly #onError: (error: unknown) => void;
  readonly #stopped = new AbortController();
  #underWay: Promise<void> | undefined;

  constructor(
    send: (signal: AbortSignal) => Promise<void>,
    onError: (error: unknown) => void,
    { keepAliveMs = 60_000 }: KeepAliveOptions,
  ) {
    this.#send = send;
    this.#onError = onError;
    this.#timer = setInterval(() => this.#beat(), keepAliveMs).unref();
  }

  /** Resolves when nothing more is sent. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#underWay;
  }

  #beat(): void {
    const { signal } = this.#stopped;
    this.#underWay ??= this.#send(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#onError(error);
      })
      .finally(() => {
        this.#underWay = undefined;
      });
  }
}
