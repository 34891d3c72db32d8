/** Settles as `promise` does, or rejects with the signal's reason; leaves no listener behind. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/**
 * Iterates until the end or the abort, whichever comes first. A source that hangs is told to return, not awaited:
 * a generator stuck in an await of its own would never come to its `finally`.
 */
export async function* untilAbortedEach<T>(
  source: AsyncIterable<T> | Iterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, void> {
  const iterator: AsyncIterator<T> | Iterator<T> =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  let ended = false;
  try {
    while (true) {
      const step = await untilAborted(Promise.resolve(iterator.next()), signal);
      if (step.done) {
        ended = true;
        return;
      }
      yield step.value;
    }
  } catch (error) {
    ended = !signal.aborted;
    throw error;
  } finally {
    if (!ended) {
      const returned = Promise.resolve(iterator.return?.());
      if (signal.aborted) returned.catch(() => undefined);
      else await returned;
    }
  }
}
