/** `work`, started a second time when the first is not done after `ms`; the slower one is aborted. */
export async function hedged<T>(
  ms: number | undefined,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (ms === undefined) return work(signal);
  const stops: AbortController[] = [];
  const start = (): Promise<T> => {
    const stop = new AbortController();
    stops.push(stop);
    return work(AbortSignal.any([signal, stop.signal]));
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const second = Promise.withResolvers<T>();
  const first = start();
  timer = setTimeout(() => {
    timer = undefined;
    start().then(second.resolve, second.reject);
  }, ms);
  // A failure before the second start is the answer; after it, the other one may still succeed.
  const alone = first.catch((error) => {
    if (timer !== undefined) second.reject(error);
    throw error;
  });
  try {
    return await Promise.any([alone, second.promise]);
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  } finally {
    clearTimeout(timer);
    for (const stop of stops) stop.abort();
  }
}
