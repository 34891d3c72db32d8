import type { Reader } from "./source.ts";

/** Reads of a disk do not wait, and may keep the process from hearing of its signals for longer than this. */
const TURN_MS = 50;

/** `reader`, whose reads reject with the reason of `signal` once that is aborted. */
export function interruptible(reader: Reader, signal: AbortSignal): Reader {
  let last = performance.now();
  return {
    ...reader,
    async read(start, end) {
      if (performance.now() - last > TURN_MS) {
        await new Promise((resolve) => setTimeout(resolve));
        last = performance.now();
      }
      signal.throwIfAborted();
      return reader.read(start, end);
    },
  };
}
