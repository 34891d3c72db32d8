import { assertChunk } from "../body.ts";
import { StoreError } from "../errors.ts";
import type { Body, ObjectMeta } from "../store.ts";
import { longestMs } from "./policy.ts";
import { RequestError } from "./request-error.ts";
import type { Retrier } from "./retry.ts";
import type { Transport, Upload } from "./transport.ts";
import { sleep, watch } from "./wait.ts";

/** A server that has just failed may go on failing. */
const reclaimMs = 10_000;
const pauseMs = 400;

interface Part {
  index: number;
  offset: number;
  body: Uint8Array;
}

/** Stores a body of any size in memory for a few parts. A failure leaves neither object nor upload. */
export async function upload(
  transport: Transport,
  retrier: Retrier,
  key: string,
  body: Body,
  signal: AbortSignal | undefined,
): Promise<ObjectMeta> {
  const token = crypto.randomUUID();
  const spare: Uint8Array[] = [];
  const parts = cut(body, transport.partSize.bind(transport), spare, signal);
  const first = await parts.next();
  const head: Part = first.done ? { index: 0, offset: 0, body: new Uint8Array() } : first.value;
  if (head.body.length < transport.partSize(0)) {
    const size = head.body.length;
    return retrier.run({ operation: "put", key, signal, size, writes: true }, (attempt) =>
      transport.put(key, head.body, { ifAbsent: false, token }, attempt.signal),
    );
  }
  let open: Upload;
  let attempts = 0;
  const started = performance.now();
  try {
    open = await retrier.run({ operation: "upload", key, signal }, (attempt) => {
      attempts++;
      return transport.upload(key, token, attempt.signal);
    });
  } catch (error) {
    await parts.return(undefined);
    if (attempts === 0 || isRefusal(error)) throw error;
    if (await reclaim(transport, retrier, key, token, performance.now() - started)) throw error;
    throw noted(error, `an unfinished upload may be left there; ${transport.leftovers}`);
  }
  const sinceMs = attempts > 1 ? performance.now() - started : undefined;
  try {
    const size = await sendParts(transport, retrier, key, open, head, parts, spare, signal);
    if (sinceMs !== undefined) await sweep(retrier, key, open, sinceMs, signal);
    return await complete(transport, retrier, key, open, size, token, signal);
  } catch (error) {
    if (sinceMs !== undefined) await sweep(retrier, key, open, sinceMs, undefined);
    if (await abandon(retrier, key, open)) throw error;
    throw noted(error, `an unfinished upload is left there; ${transport.leftovers}`);
  }
}

async function sendParts(
  transport: Transport,
  retrier: Retrier,
  key: string,
  open: Upload,
  head: Part,
  rest: AsyncGenerator<Part>,
  spare: Uint8Array[],
  outer: AbortSignal | undefined,
): Promise<number> {
  // Ended by the first part that fails, so that the others stop too.
  const stop = watch(outer, longestMs, () => new Error("unreachable"));
  const sending = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  let size = 0;
  const send = ({ index, offset, body }: Part): void => {
    size = offset + body.length;
    const call = {
      operation: "part",
      key,
      signal: stop.signal,
      size: body.length,
      writes: true,
    } as const;
    let attempts = 0;
    const work = retrier
      .run(call, (attempt) => {
        attempts++;
        return open.part(index, offset, body, attempt.signal);
      })
      .then(() => {
        // An attempt that failed may hold it still.
        if (attempts === 1) spare.push(body);
      })
      .catch((error) => {
        failure ??= { error };
        stop.abort(error);
      })
      .finally(() => sending.delete(work));
    sending.add(work);
  };
  try {
    send(head);
    for (;;) {
      while (sending.size >= transport.partConcurrency) await Promise.race(sending);
      if (failure) break;
      const step = await rest.next();
      if (step.done) break;
      send(step.value);
    }
  } catch (error) {
    failure ??= { error };
    stop.abort(error);
  }
  await Promise.all(sending);
  stop.end();
  if (failure) {
    await rest.return(undefined);
    throw (failure as { error: unknown }).error;
  }
  return size;
}

async function complete(
  transport: Transport,
  retrier: Retrier,
  key: string,
  open: Upload,
  size: number,
  token: string,
  signal: AbortSignal | undefined,
): Promise<ObjectMeta> {
  return retrier.run({ operation: "upload", key, signal, writes: true }, async (attempt) => {
    try {
      return await open.complete(size, attempt.signal);
    } catch (error) {
      // The upload is gone: an earlier attempt, whose answer was lost, completed it.
      if (
        !attempt.inDoubt ||
        !(error instanceof RequestError) ||
        (error.status !== 404 && error.status !== 410)
      )
        throw error;
      const found = await transport.token(key, attempt.signal);
      if (found?.token !== token) throw error;
      if (found.meta.size === size) return found.meta;
      throw new RequestError(`${found.meta.size} bytes were stored of ${size}`, {
        code: "WrongSize",
      });
    }
  });
}

/** Ends what an unanswered attempt to open the upload may have left. */
async function sweep(
  retrier: Retrier,
  key: string,
  open: Upload,
  sinceMs: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await retrier.run({ operation: "upload", key, signal }, (attempt) =>
      open.sweep(sinceMs, attempt.signal),
    );
  } catch (error) {
    // The right to list uploads may be missing: no reason to fail one that goes well.
    if (!(error instanceof StoreError)) throw error;
  }
}

/** Whether nothing is left of openings that nobody heard the answer of: one more tells them from those of others. */
async function reclaim(
  transport: Transport,
  retrier: Retrier,
  key: string,
  token: string,
  sinceMs: number,
): Promise<boolean> {
  const signal = AbortSignal.timeout(reclaimMs);
  try {
    const open = await retrier.run({ operation: "upload", key, signal }, (attempt) =>
      transport.upload(key, token, attempt.signal),
    );
    // The server may still be at those that were given up.
    await sleep(pauseMs, signal);
    await sweep(retrier, key, open, sinceMs, signal);
    return await abandon(retrier, key, open);
  } catch (error) {
    if (error instanceof StoreError || error === signal.reason) return false;
    throw error;
  }
}

/** The server said no, so that nothing was opened. */
function isRefusal(error: unknown): boolean {
  return error instanceof StoreError && error.code !== "unavailable";
}

/** Whether nothing is left. Without the caller's signal, which may be what ended the upload. */
async function abandon(retrier: Retrier, key: string, open: Upload): Promise<boolean> {
  try {
    await retrier.run({ operation: "upload", key, signal: undefined }, (attempt) =>
      open.abort(attempt.signal),
    );
    return true;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return false;
  }
}

/** What the caller's own code threw, and its reason to abort, stay as they are. */
function noted(error: unknown, note: string): unknown {
  if (!(error instanceof StoreError)) return error;
  const reason = error.message.slice(`${JSON.stringify(error.key)}: `.length);
  return new StoreError(error.code, error.key, `${reason}; ${note}`);
}

/** `body` in parts of the sizes told, each a copy: in one of `spare` where it fits, so that few buffers do for all. */
async function* cut(
  body: Body,
  partSize: (index: number) => number,
  spare: Uint8Array[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Part> {
  let index = 0;
  let offset = 0;
  let part: Uint8Array = new Uint8Array(0);
  let filled = 0;
  const chunks = body instanceof Uint8Array ? [body] : body;
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    assertChunk(chunk);
    for (let at = 0; at < chunk.length; ) {
      if (filled === 0) {
        const size = partSize(index);
        const free = spare.pop();
        part = free?.length === size ? free : new Uint8Array(size);
      }
      const count = Math.min(part.length - filled, chunk.length - at);
      part.set(chunk.subarray(at, at + count), filled);
      at += count;
      filled += count;
      if (filled < part.length) continue;
      yield { index, offset, body: part };
      offset += filled;
      index++;
      filled = 0;
    }
  }
  signal?.throwIfAborted();
  if (filled > 0) yield { index, offset, body: part.subarray(0, filled) };
}
