/** Rejects with the signal's reason as soon as it aborts; leaves no timer behind. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const end = (): void => {
      signal?.removeEventListener("abort", stop);
      resolve();
    };
    const timer = setTimeout(end, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** A signal of its own for one piece of work, aborted by the caller's, by `abort` or by silence. */
export interface Watch {
  signal: AbortSignal;
  /** Starts the silence anew. */
  alive(): void;
  abort(reason: unknown): void;
  /** Leaves neither timer nor listener. */
  end(): void;
}

export function watch(outer: AbortSignal | undefined, silenceMs: number, late: () => Error): Watch {
  const own = new AbortController();
  const follow = (): void => own.abort(outer?.reason);
  if (outer?.aborted) follow();
  outer?.addEventListener("abort", follow, { once: true });
  let timer = setTimeout(() => own.abort(late()), silenceMs);
  return {
    signal: own.signal,
    alive() {
      clearTimeout(timer);
      timer = setTimeout(() => own.abort(late()), silenceMs);
    },
    abort: (reason) => own.abort(reason),
    end() {
      clearTimeout(timer);
      outer?.removeEventListener("abort", follow);
    },
  };
}
