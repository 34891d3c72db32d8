import { setTimeout as sleep } from "node:timers/promises";
import { isVastError, type VastError } from "./errors.ts";

export type RetryOptions = {
  /** Tries in all; 8 by default. */
  attempts?: number;
  /** Of the first wait, at most; it doubles up to `capMs`. 200 ms and 10 s by default. */
  baseMs?: number;
  capMs?: number;
};

/** Whether a failure may be met by sending the same request again. */
export type Policy = (error: VastError) => boolean;

/** For what may be sent twice: reads, begin, keep-alive, rollback, import. */
export const ifTransient: Policy = (error) => error.code === "unavailable";

/** For what may not: only when the server said that it was too busy, or was never reached. */
export const ifUntouched: Policy = (error) =>
  error.code === "unavailable" &&
  !error.mayHaveActed &&
  (error.status === undefined || (error.status === 503 && error.serverCode === "SlowDown"));

/** Full jitter between tries. An abort during a wait rejects with the signal's reason. */
export async function withRetry<T>(
  attempt: () => Promise<T>,
  again: Policy,
  { attempts = 8, baseMs = 200, capMs = 10_000 }: RetryOptions = {},
  signal?: AbortSignal,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (!isVastError(error) || !again(error) || tries >= attempts) throw error;
    }
    const waitMs = Math.random() * Math.min(capMs, baseMs * 2 ** (tries - 1));
    await sleep(waitMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted());
  }
}
