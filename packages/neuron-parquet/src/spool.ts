import { NeuronError } from "./errors.ts";
import { nodeModule } from "./node-module.ts";
import type { ByteSink } from "./sink.ts";

const PART_BYTES = 4 * 2 ** 20;

/** A temporary file beside `path`: written, read back once, removed. */
export function openSpool(path: string): {
  sink: ByteSink;
  parts(): Generator<Uint8Array>;
  discard(): void;
} {
  const fs = nodeModule("node:fs");
  if (!fs) throw new NeuronError("unreadable", "paths need Node", { file: path });
  const staged = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  const fd = fs.openSync(staged, "wx+");
  let size = 0;
  return {
    sink: {
      write(bytes) {
        for (let at = 0; at < bytes.length; )
          at += fs.writeSync(fd, bytes, at, bytes.length - at, size + at);
        size += bytes.length;
      },
    },
    *parts() {
      for (let at = 0; at < size; ) {
        const part = new Uint8Array(Math.min(PART_BYTES, size - at));
        at += fs.readSync(fd, part, 0, part.length, at);
        yield part;
      }
    },
    discard() {
      fs.closeSync(fd);
      fs.rmSync(staged, { force: true });
    },
  };
}
