import { fork } from "node:child_process";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import type { BuildStage, BuiltIndex } from "./build/job.ts";
import { IndexError, type IndexErrorCode } from "./errors.ts";

/** What the builder's process says; the last two end it. */
export type BuilderMessage =
  | { stage: BuildStage; share: number }
  | { built: Omit<BuiltIndex, "root"> & { root: string } }
  | { failed: { code: IndexErrorCode; message: string } };

const child = fileURLToPath(new URL(`./build-child${extname(import.meta.url)}`, import.meta.url));

/**
 * Not those of this process: a profiler or a debugger's port is not for two. Encoded pages are garbage at once, of
 * which V8 would let 50 MB gather.
 */
const flags = ["--max-semi-space-size=4"];

/** Runs the job in the file at `path` in a process that is gone when the promise settles. */
export async function runBuilder(
  path: string,
  signal?: AbortSignal,
  onStage?: (stage: BuildStage, share: number) => void,
): Promise<BuiltIndex> {
  signal?.throwIfAborted();
  const builder = fork(child, [path], {
    execArgv: flags,
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  // An idle DuckDB can hold a process that wants to exit for seconds, a busy one for ever.
  const kill = (): boolean => builder.kill("SIGKILL");
  signal?.addEventListener("abort", kill);
  try {
    return await new Promise<BuiltIndex>((resolve, reject) => {
      let said = "";
      let end = (how: string): void => {
        reject(new IndexError("build-failed", `The index builder ${how}: ${lastWords(said)}`));
      };
      const endWith = (settle: () => void): void => {
        end = settle;
        kill();
      };
      builder.stderr?.on("data", (text: Buffer) => {
        said = (said + text.toString()).slice(-4000);
      });
      builder.on("message", (message: BuilderMessage) => {
        if ("built" in message) endWith(() => resolve(revive(message.built)));
        else if ("failed" in message) {
          const { code, message: reason } = message.failed;
          endWith(() => reject(new IndexError(code, reason)));
        } else {
          try {
            onStage?.(message.stage, message.share);
          } catch (error) {
            endWith(() => reject(error));
          }
        }
      });
      builder.on("error", reject);
      builder.on("close", (code, killed) => {
        if (signal?.aborted) reject(signal.reason);
        else end(killed ? `was ended by ${killed}` : `ended with code ${code}`);
      });
    });
  } finally {
    signal?.removeEventListener("abort", kill);
  }
}

function revive({ root, ...built }: Omit<BuiltIndex, "root"> & { root: string }): BuiltIndex {
  return { ...built, root: new Uint8Array(Buffer.from(root, "base64")) };
}

/** The error itself out of what a dying process prints around it. */
function lastWords(said: string): string {
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  return lines.find((line) => /error\b/i.test(line)) ?? lines.at(-1) ?? "no word why";
}
