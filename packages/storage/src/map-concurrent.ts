import type { StoreOptions } from "./store.ts";

/**
 * `map` over every item, at most `concurrency` at a time, results in the order of the items.
 * The first failure aborts the signal that the others got, waits for them, and is thrown.
 */
export async function mapConcurrent<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  concurrency: number,
  map: (item: T, index: number, signal: AbortSignal) => Promise<R>,
  { signal }: StoreOptions = {},
): Promise<R[]> {
  if (!Number.isInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`Expected \`concurrency\` to be an integer from 1, got ${concurrency}`);
  }
  const stop = new AbortController();
  const linked = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const source = iterate(items);
  const results: R[] = [];
  let count = 0;
  let failed: { error: unknown } | undefined;
  // One at a time, since an async iterator need not stand overlapping calls.
  let turn: Promise<unknown> = Promise.resolve();
  const next = (): Promise<IteratorResult<T>> => {
    const step = turn.then(() => source.next());
    turn = step.catch(() => undefined);
    return step;
  };
  const lane = async (): Promise<void> => {
    try {
      while (!failed) {
        linked.throwIfAborted();
        const step = await next();
        if (step.done || failed) return;
        const index = count++;
        results[index] = await map(step.value, index, linked);
      }
    } catch (error) {
      failed ??= { error };
      stop.abort(error);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  if (failed) {
    await source.return?.(undefined);
    throw (failed as { error: unknown }).error;
  }
  return results;
}

async function* iterate<T>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<T> {
  yield* items;
}
