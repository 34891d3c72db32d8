import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import { CommandError, exitCodes } from "./exit-codes.ts";

const descriptor = 1;

/**
 * What a command writes to standard output is there whole, or the command fails. Node's own stream for files neither
 * tells of a full disk nor writes again what a short write left.
 */
export class StandardOutput {
  readonly #direct = isFile();
  #failure: NodeJS.ErrnoException | undefined;

  constructor() {
    if (this.#direct) return;
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      // A reader such as `head` has what it wants: 141 is 128 + SIGPIPE.
      if (error.code === "EPIPE") process.exit(exitCodes.closedPipe);
      this.#failure ??= error;
    });
  }

  write(data: string | Uint8Array): void {
    if (this.#failure) throw lost(this.#failure);
    if (!this.#direct) {
      process.stdout.write(data);
      return;
    }
    const bytes = typeof data === "string" ? Buffer.from(data) : data;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      throw lost(cause as Error);
    }
  }

  /** Resolves when all that was written is taken. */
  async flushed(): Promise<void> {
    if (!this.#direct) {
      await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
    }
    if (this.#failure) throw lost(this.#failure);
  }
}

/** Files, and devices that are no terminal. */
function isFile(): boolean {
  const stat = fstatSync(descriptor);
  return stat.isFile() || (stat.isCharacterDevice() && !isatty(descriptor));
}

function lost(cause: Error): CommandError {
  return new CommandError(`standard output: ${cause.message}; what it holds is cut`, "failed", {
    cause,
  });
}
