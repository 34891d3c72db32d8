import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Seen } from "./reading-child.ts";

const child = fileURLToPath(new URL("./reading-child.ts", import.meta.url));

/** A process that reads a dataset all the time until it is stopped. */
export interface Reader extends Disposable {
  /** Resolves once it has read the version or a later one; rejects when it ended before. */
  hasRead(version: number): Promise<void>;
  /** Resolves to what it saw up to the version; rejects when a read failed or contradicted another. */
  stop(version: number): Promise<Seen>;
}

export function startReader(dataset: string): Reader {
  const process = fork(child, [dataset], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let [seen, errors, last]: [Seen | undefined, string, number] = [undefined, "", 0];
  process.stderr?.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  process.on("message", (message: Seen | number) => {
    if (typeof message === "number") last = message;
    else seen = message;
  });
  let open = true;
  const ended = new Promise<void>((resolve) => {
    process.on("close", () => {
      open = false;
      resolve();
    });
  });
  return {
    async hasRead(version) {
      while (open && last < version) await Promise.race([once(process, "message"), ended]);
      if (last < version) throw new Error(`The reader ended early: ${errors}`);
    },
    async stop(version) {
      if (process.connected) process.send(version, () => undefined);
      await ended;
      if (seen) return seen;
      throw new Error(`The reader ended early: ${errors}`);
    },
    [Symbol.dispose]() {
      process.kill("SIGKILL");
    },
  };
}
