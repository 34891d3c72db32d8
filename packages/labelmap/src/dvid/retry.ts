import { setTimeout as sleep } from "node:timers/promises";
import { isLabelmapError, LabelmapError } from "../errors.ts";

export interface RetryOptions {
  /** 5 by default, the first among them. */
  attempts?: number;
  /** Before the second attempt, doubled before each further one up to 30 s; 200 by default. */
  firstDelayMs?: number;
  /** Told of each failure that is tried again. */
  onRetry?: (error: Error, attempt: number) => void;
  signal?: AbortSignal;
}

/** Tries again what a busy or failing DVID may yet do: refusals and damage that it states are final. */
export async function withRetries<T>(options: RetryOptions, run: () => Promise<T>): Promise<T> {
  const { attempts = 5, firstDelayMs = 200, onRetry, signal } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run();
    } catch (cause) {
      signal?.throwIfAborted();
      const error = asUnavailable(cause);
      if (attempt >= attempts || !isLabelmapError(error, "unavailable")) throw error;
      onRetry?.(error, attempt);
      // Half of it random, lest the clients of a busy server come back together.
      const delayMs = Math.min(30_000, firstDelayMs * 2 ** (attempt - 1));
      await sleep(delayMs / 2 + (Math.random() * delayMs) / 2, undefined, signal && { signal });
    }
  }
}

function asUnavailable(cause: unknown): Error {
  if (isLabelmapError(cause)) return cause;
  if (!(cause instanceof Error) || !("code" in cause)) throw cause;
  const reason = `DVID cannot be reached: ${cause.message || String(cause.code)}`;
  return new LabelmapError("unavailable", reason, { cause });
}
