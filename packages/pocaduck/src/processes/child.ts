import { fork } from "node:child_process";

/** What a process of ours says to the one that began it. */
export type ChildMessage<P> =
  | { progress: P }
  | { failure: { message: string; name: string; code: string } };

export interface ChildOptions<P> {
  signal: AbortSignal;
  onProgress?: (progress: P) => void;
  /** The error for one that ended without a word. */
  lost: (how: string) => Error;
  /** How long one that was asked to end may take before it is killed, as one that is stopped has to be; for ever by default. */
  graceMs?: number;
  onKill?: () => void;
}

/** What is decoded and encoded is garbage at once, of which V8 would let 100 MB gather. */
const flags = ["--max-semi-space-size=4"];

/** Runs a module of ours with a job in a process of its own, asked to end by `signal`. */
export function runChild<P>(
  path: string,
  job: object,
  { signal, onProgress = () => undefined, lost, graceMs, onKill }: ChildOptions<P>,
): Promise<void> {
  const child = fork(path, [JSON.stringify(job)], {
    execArgv: flags,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  // Not one that is too busy to see that this process is gone.
  const endAtOnce = (): boolean => child.kill("SIGKILL");
  let grace: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.kill("SIGTERM");
    if (graceMs === undefined) return;
    grace = setTimeout(() => {
      onKill?.();
      endAtOnce();
    }, graceMs);
  };
  signal.addEventListener("abort", end);
  process.once("exit", endAtOnce);
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    child.on("message", (message: ChildMessage<P>) => {
      if ("progress" in message) onProgress(message.progress);
      else failure = Object.assign(new Error(message.failure.message), message.failure);
    });
    child.on("error", reject);
    child.on("close", (code, killed) => {
      clearTimeout(grace);
      signal.removeEventListener("abort", end);
      process.off("exit", endAtOnce);
      if (code === 0) resolve();
      else reject(failure ?? lost(killed ? `was ended by ${killed}` : `ended with code ${code}`));
    });
  });
}
