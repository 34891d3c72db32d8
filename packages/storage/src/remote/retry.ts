import { StoreError } from "../errors.ts";
import { Limiter, RetryBudget } from "./limiter.ts";
import {
  type Attempt,
  longestMs,
  type RemoteOptions,
  type RemotePolicy,
  remotePolicy,
} from "./policy.ts";
import { RequestError } from "./request-error.ts";
import type { ReadTransport } from "./transport.ts";
import { judge } from "./verdict.ts";
import { sleep, watch } from "./wait.ts";

export interface Call {
  operation: Attempt["operation"];
  key: string;
  signal: AbortSignal | undefined;
  /** Bytes that will go over the wire, for the deadlines. */
  size?: number;
  /** A lost answer leaves open what happened. */
  writes?: boolean;
}

/** What one attempt may use. */
export interface Try {
  signal: AbortSignal;
  /** Says that something arrived: the silence starts anew. */
  alive(): void;
  /** Says that bytes were won that no attempt had before: the count of attempts starts anew. */
  progress(): void;
  /** An earlier attempt may have taken effect. */
  inDoubt: boolean;
}

/** Slowest transfer that is not given up, in bytes per millisecond. */
const slowest = 1024;

type Server = Pick<ReadTransport, "place" | "secrets">;

/** The one owner of retries: repeats attempts, spaced, bounded and limited, until one succeeds. */
export class Retrier {
  readonly policy: RemotePolicy;
  readonly #server: Server;
  readonly #limiter: Limiter;
  readonly #budget: RetryBudget;
  readonly #observe: ((attempt: Attempt) => void) | undefined;

  constructor(server: Server, options: RemoteOptions) {
    this.policy = remotePolicy(options);
    this.#server = server;
    this.#limiter = new Limiter(this.policy.concurrency);
    this.#budget = new RetryBudget(this.policy.retriesPerSecond);
    this.#observe = options.observe;
  }

  async run<T>(call: Call, attempt: (attempt: Try) => Promise<T>): Promise<T> {
    const { signal, size = 0 } = call;
    signal?.throwIfAborted();
    const limitMs = Math.min(longestMs, Math.round(this.policy.deadlineMs + size / slowest));
    const late = (): Error =>
      new RequestError(`no result within ${limitMs} ms`, { code: "Deadline" });
    const whole = watch(signal, limitMs, late);
    try {
      return await this.#repeat(call, whole.signal, attempt);
    } finally {
      whole.end();
    }
  }

  async #repeat<T>(
    call: Call,
    outer: AbortSignal,
    attempt: (attempt: Try) => Promise<T>,
  ): Promise<T> {
    const { key, signal } = call;
    const { attempts, baseMs, capMs } = this.policy;
    let inDoubt = false;
    let refreshed = false;
    let waitMs = baseMs;
    let failed: RequestError | undefined;
    for (let count = 1, total = 1; ; count++, total++) {
      try {
        return await this.#once(call, total, outer, attempt, inDoubt, () => {
          count = 0;
          waitMs = baseMs;
        });
      } catch (error) {
        signal?.throwIfAborted();
        if (!(error instanceof RequestError)) throw error;
        const isLate = error === outer.reason;
        const verdict = judge(error);
        // Of a part nothing is visible.
        if (call.writes && call.operation !== "part") inDoubt ||= verdict.inDoubt;
        if (verdict.slowDown) this.#limiter.slowDown();
        // Waiting for a place in line says less than what an earlier attempt met.
        if (!isLate || !failed) failed = error;
        const again = verdict.retry === "yes" || (verdict.retry === "once" && !refreshed);
        refreshed ||= verdict.retry === "once";
        if (isLate || !again || count >= attempts) {
          throw this.#giveUp(key, failed, total, inDoubt, isLate);
        }
        // Decorrelated jitter: grows like a power of three, and never in step with others.
        waitMs = Math.min(capMs, baseMs + Math.random() * (3 * waitMs - baseMs));
        const askedMs = Math.max(waitMs, error.retryAfterMs ?? 0) + this.#budget.take();
        if (await isOver(Math.min(longestMs, askedMs), outer)) {
          signal?.throwIfAborted();
          throw this.#giveUp(key, failed, total, inDoubt, true);
        }
      }
    }
  }

  async #once<T>(
    call: Call,
    attempt: number,
    outer: AbortSignal,
    work: (attempt: Try) => Promise<T>,
    inDoubt: boolean,
    progress: () => void,
  ): Promise<T> {
    return this.#limiter.run(async () => {
      const sendMs = call.writes ? (call.size ?? 0) / (slowest / 8) : 0;
      const silence = Math.min(longestMs, this.policy.stallMs + sendMs);
      const quiet = watch(
        outer,
        silence,
        () => new RequestError(`silent for ${Math.round(silence)} ms`, { code: "Stall" }),
      );
      const started = performance.now();
      const told = (failure?: string): void =>
        this.#observe?.({
          operation: call.operation,
          key: call.key,
          attempt,
          ms: performance.now() - started,
          ...(failure === undefined ? {} : { failure }),
        });
      try {
        const result = await work({
          signal: quiet.signal,
          inDoubt,
          alive: quiet.alive,
          progress,
        });
        told();
        return result;
      } catch (error) {
        // A client library says "aborted" in words of its own; the reason says why.
        const cause = quiet.signal.aborted ? quiet.signal.reason : error;
        told(cause instanceof RequestError ? cause.describe(this.#server.secrets) : "failed");
        throw cause;
      } finally {
        quiet.end();
      }
    }, outer);
  }

  #giveUp(
    key: string,
    error: RequestError,
    total: number,
    inDoubt: boolean,
    isLate: boolean,
  ): StoreError {
    const { code } = judge(error);
    const tries = total === 1 ? "" : `, after ${total} attempts`;
    const late = isLate && error.code !== "Deadline" ? ", and no time was left to try again" : "";
    const fate = inDoubt ? "; the write may have happened, read it back" : "";
    const { place, secrets } = this.#server;
    const reason = `${place}: ${error.describe(secrets)}${tries}${late}${fate}`;
    return new StoreError(inDoubt ? "unknown-outcome" : code, key, reason);
  }
}

/** Waits, and tells whether the signal ended it. */
async function isOver(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, signal).catch(() => undefined);
  return signal.aborted;
}
