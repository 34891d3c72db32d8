/** How requests to a remote store are repeated and bounded. */
export interface RemotePolicy {
  /** Attempts in a row without a byte of progress. Default 6. */
  attempts: number;
  /** Shortest wait before a repeat, in milliseconds. Default 100. */
  baseMs: number;
  /** Longest wait of our own; a server may ask for longer by `Retry-After`. Default 10,000. */
  capMs: number;
  /** For one call with all its attempts, plus one second per MiB. Default 120,000. */
  deadlineMs: number;
  /** Longest silence within one attempt. Default 20,000. */
  stallMs: number;
  /** Requests in flight. Default 80. */
  concurrency: number;
  /** Repeats per second over all calls, once a burst of ten times as many is used up. Default 20. */
  retriesPerSecond: number;
  /** A second request goes out when a read is not answered after so many milliseconds. Default never. */
  hedgeMs: number | undefined;
}

/** Told of each attempt, for counting and logs. */
export interface Attempt {
  operation: "get" | "head" | "list" | "put" | "part" | "delete" | "upload";
  key: string;
  /** From 1. */
  attempt: number;
  ms: number;
  failure?: string;
}

export interface RemoteOptions extends Partial<RemotePolicy> {
  observe?: (attempt: Attempt) => void;
}

export function remotePolicy(options: RemoteOptions): RemotePolicy {
  const policy: RemotePolicy = {
    attempts: options.attempts ?? 6,
    baseMs: options.baseMs ?? 100,
    capMs: options.capMs ?? 10_000,
    deadlineMs: options.deadlineMs ?? 120_000,
    stallMs: options.stallMs ?? 20_000,
    concurrency: options.concurrency ?? 80,
    retriesPerSecond: options.retriesPerSecond ?? 20,
    hedgeMs: options.hedgeMs,
  };
  for (const [name, value] of Object.entries(policy)) {
    if (value !== undefined) check(name as keyof RemotePolicy, value);
  }
  return policy;
}

/** What a timer can wait: beyond it, Node waits one millisecond. */
export const longestMs: number = 2 ** 31 - 1;

function check(name: keyof RemotePolicy, value: number): void {
  const isCount = name === "attempts" || name === "concurrency";
  if (isCount && !(Number.isSafeInteger(value) && value > 0)) {
    throw new RangeError(`Expected \`${name}\` to be an integer from 1, got ${value}`);
  }
  if (!(Number.isFinite(value) && value > 0)) {
    throw new RangeError(`Expected \`${name}\` to be a positive number, got ${value}`);
  }
  if (name.endsWith("Ms") && value > longestMs) {
    throw new RangeError(`Expected \`${name}\` to be at most ${longestMs} (24 days), got ${value}`);
  }
}
