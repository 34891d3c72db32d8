import { show } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import { nodeModule } from "./node-module.ts";

/** Takes bytes in order. `close` publishes what was written, `abort` discards it. */
export interface ByteSink {
  write(bytes: Uint8Array): void | Promise<void>;
  close?(): void | Promise<void>;
  abort?(reason: unknown): void | Promise<void>;
}

/** A path (in Node; it appears only when complete), a web stream, or anything with `write`. */
export type NeuronSink = string | WritableStream<Uint8Array> | ByteSink;

export interface OpenSink {
  readonly name: string;
  /** The path, for a sink that is a file: a sidecar may stand beside it. */
  readonly path?: string;
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

export function openSink(sink: NeuronSink): OpenSink {
  if (typeof sink === "string") return fileSink(sink);
  if (typeof WritableStream !== "undefined" && sink instanceof WritableStream) {
    const writer = sink.getWriter();
    return {
      name: "(stream)",
      write: (bytes) => writer.write(bytes),
      close: () => writer.close(),
      // A stream that failed by itself cannot be aborted again, and its error is known already.
      abort: (reason) => writer.abort(reason).catch(() => {}),
    };
  }
  if (typeof (sink as Partial<ByteSink> | null)?.write !== "function") {
    throw new TypeError(
      `Expected \`sink\` to be a path, a WritableStream or have write, got ${show(sink)}`,
    );
  }
  return {
    name: "(sink)",
    write: async (bytes) => (sink as ByteSink).write(bytes),
    close: async () => (sink as ByteSink).close?.(),
    abort: async (reason) => (sink as ByteSink).abort?.(reason),
  };
}

/** Writes beside `path` and renames at the end: readers see the old file or the new one, whole. */
function fileSink(path: string): OpenSink {
  const fs = nodeModule("node:fs");
  if (!fs)
    throw new NeuronError("unreadable", "paths need Node; pass a WritableStream", { file: path });
  const staged = `${path}.${crypto.randomUUID().slice(0, 8)}.tmp`;
  let fd: number | undefined;
  return {
    name: path,
    path,
    async write(bytes) {
      fd ??= fs.openSync(staged, "wx");
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at);
    },
    async close() {
      fd ??= fs.openSync(staged, "wx");
      fs.fsyncSync(fd);
      fs.closeSync(fd);
      fd = undefined;
      fs.renameSync(staged, path);
    },
    async abort() {
      if (fd !== undefined) fs.closeSync(fd);
      fs.rmSync(staged, { force: true });
    },
  };
}

/** Collects everything in memory; `bytes` is what was written. */
export function memorySink(): ByteSink & { bytes(): Uint8Array<ArrayBuffer> } {
  const parts: Uint8Array[] = [];
  return {
    write(bytes) {
      parts.push(bytes.slice());
    },
    bytes() {
      let length = 0;
      for (const part of parts) length += part.length;
      const out = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        out.set(part, at);
        at += part.length;
      }
      return out;
    },
  };
}
