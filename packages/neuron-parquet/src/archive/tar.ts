import { createTarDecoder, createTarPacker } from "modern-tar";
import { streamOf } from "../byte-stream.ts";
import { NeuronError } from "../errors.ts";
import { assertMemberName, isNoise } from "./member-name.ts";
import { MAX_MEMBER_BYTES } from "./zip-read.ts";

/** Members of a tar, one at a time in its own order; names are checked. Links and the like come without bytes, folders not at all. */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  file: string,
): AsyncGenerator<{
  name: string;
  size: number;
  parts: (() => AsyncGenerator<Uint8Array>) | undefined;
}> {
  const input = streamOf(source);
  try {
    for await (const { header, body } of input.pipeThrough(createTarDecoder({ strict: true }))) {
      const { name, size, type = "file" } = header;
      if (type !== "file" || isNoise(name)) {
        await body.cancel();
        if (type !== "file" && type !== "directory" && !isNoise(name))
          yield { name, size, parts: undefined };
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
      let isTaken = false;
      const parts = async function* (): AsyncGenerator<Uint8Array> {
        isTaken = true;
        try {
          for await (const part of body) yield part;
        } catch (cause) {
          throw broken(cause, file);
        }
      };
      yield { name, size, parts };
      if (!isTaken) await body.cancel();
    }
  } catch (cause) {
    throw broken(cause, file);
  }
}

function broken(cause: unknown, file: string): NeuronError {
  if (cause instanceof NeuronError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new NeuronError("corrupt", `the tar is broken: ${reason}`, { file }, { cause });
}

const BLOCK = 512;

/** Whether a text begins with the header of a tar, which a checksum tells; old ones have no word that does. */
export function isTar(head: Uint8Array): boolean {
  if (head.length < BLOCK) return false;
  const text = String.fromCharCode(...head.subarray(148, 156));
  const claimed = /^ *([0-7]+)[ \0]*$/.exec(text)?.[1];
  if (claimed === undefined) return false;
  let sum = 8 * 32;
  for (let at = 0; at < BLOCK; at++) if (at < 148 || at >= 156) sum += head[at] as number;
  return sum === Number.parseInt(claimed, 8);
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

  /** `size` is that of all parts together. */
  async add(name: string, size: number, parts: Iterable<Uint8Array>): Promise<void> {
    assertMemberName(name, name);
    const writer = this.#packer.controller.add({ name, size, mtime: new Date(0) }).getWriter();
    for (const part of parts) await writer.write(part);
    await writer.close();
  }

  async end(): Promise<void> {
    this.#packer.controller.finalize();
    await this.#done;
  }
}
