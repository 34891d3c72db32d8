import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Seen } from "./reading-child.ts";

const child = fileURLToPath(new URL("./reading-child.ts", import.meta.url));

/** A process that reads a dataset all the time until it is stopped. */
export interface Reader extends Disposable {
  /** Resolves to what it saw; rejects when a read failed or contradicted another. */
  stop(): Promise<Seen>;
}

export function startReader(dataset: string): Reader {
  const process = fork(child, [dataset], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
  let [seen, errors]: [Seen | undefined, string] = [undefined, ""];
  process.stderr?.on("data", (text: Buffer) => {
    errors += text.toString();
  });
  process.on("message", (message: Seen) => {
    seen = message;
  });
  const ended = new Promise<void>((resolve) => process.on("close", () => resolve()));
  return {
    async stop() {
      if (process.connected) process.send("stop", () => undefined);
      await ended;
      if (seen) return seen;
      throw new Error(`The reader ended early: ${errors}`);
    },
    [Symbol.dispose]() {
      process.kill("SIGKILL");
    },
  };
}
