import { createTarDecoder, createTarPacker } from "modern-tar";
import { streamOf } from "../byte-stream.ts";
import { NeuronError } from "../errors.ts";
import { concat } from "./inflate.ts";
import { assertMemberName, isNoise } from "./member-name.ts";
import { MAX_MEMBER_BYTES } from "./zip-read.ts";

/** Members of a tar, one at a time in its own order; names are checked. Links and the like come without bytes, folders not at all. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<{ name: string; bytes: (() => Uint8Array) | undefined }> {
  const input = streamOf(source);
  try {
    for await (const { header, body } of input.pipeThrough(createTarDecoder({ strict: true }))) {
      const { name, size, type = "file" } = header;
      if (type !== "file" || isNoise(name)) {
        await body.cancel();
        if (type !== "file" && type !== "directory" && !isNoise(name))
          yield { name, bytes: undefined };
        continue;
      }
      assertMemberName(name, file);
      if (size > MAX_MEMBER_BYTES) {
        throw new NeuronError(
          "too-large",
          `claims ${size} bytes, the limit is ${MAX_MEMBER_BYTES}`,
          { file: `${file}/${name}` },
        );
      }
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part);
      const bytes = concat(parts, size);
      yield { name, bytes: () => bytes };
    }
  } catch (cause) {
    if (cause instanceof NeuronError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new NeuronError("corrupt", `the tar is broken: ${reason}`, { file }, { cause });
  }
}

type WriteBytes = (bytes: Uint8Array) => Promise<void>;

/** Writes a tar, gzipped or not, member by member. */
export class TarWriter {
  readonly #packer = createTarPacker();
  readonly #done: Promise<void>;

  constructor(write: WriteBytes, gzip: boolean) {
    const { readable } = this.#packer;
    const out = gzip ? readable.pipeThrough(new CompressionStream("gzip")) : readable;
    this.#done = (async () => {
      for await (const part of out) await write(part);
    })();
    // A failure shows when the archive is ended.
    this.#done.catch(() => {});
  }

  async add(name: string, bytes: Uint8Array): Promise<void> {
    assertMemberName(name, name);
    const writer = this.#packer.controller
      .add({ name, size: bytes.length, mtime: new Date(0) })
      .getWriter();
    await writer.write(bytes);
    await writer.close();
  }

  async end(): Promise<void> {
    this.#packer.controller.finalize();
    await this.#done;
  }
}
