import { NeuronError } from "./errors.ts";
import { nodeModule } from "./node-module.ts";
import type { Reader } from "./source.ts";

/** Below this a synchronous read (8 µs) is over before an asynchronous one (60–90 µs) has begun. */
const SYNC_BYTES = 256 * 1024;

/** Opens a file of the local disk, in Node. */
export async function openPath(path: string): Promise<Reader> {
  const fs = nodeModule("node:fs");
  if (!fs)
    throw new NeuronError("unreadable", "paths need Node; pass a URL, a Blob or bytes", {
      file: path,
    });
  let fd: number;
  let size: number;
  try {
    fd = fs.openSync(path, "r");
    const stat = fs.fstatSync(fd);
    if (!stat.isFile()) {
      fs.closeSync(fd);
      throw new Error("is not a file");
    }
    size = stat.size;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NeuronError("unreadable", reason, { file: path }, { cause });
  }
  let open = true;
  return {
    name: path,
    size,
    gap: 4096,
    async read(start, end) {
      if (!open) throw new NeuronError("unreadable", "has been closed", { file: path });
      const bytes = new Uint8Array(end - start);
      for (let at = 0; at < bytes.length; ) {
        const left = bytes.length - at;
        const read =
          left <= SYNC_BYTES
            ? fs.readSync(fd, bytes, at, left, start + at)
            : await readAsync(fs, fd, bytes, at, start + at);
        if (read === 0) {
          throw new NeuronError("truncated", `needs ${end - start} bytes at ${start}, has ${at}`, {
            file: path,
          });
        }
        at += read;
      }
      return bytes;
    },
    async close() {
      if (open) fs.closeSync(fd);
      open = false;
    },
  };
}

function readAsync(
  fs: typeof import("node:fs"),
  fd: number,
  bytes: Uint8Array,
  at: number,
  position: number,
): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.read(fd, bytes, at, bytes.length - at, position, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}
