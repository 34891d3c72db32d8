import { NeuronError } from "../errors.ts";
import { nodeModule } from "../node-module.ts";

export type Deflated = "deflate-raw" | "gzip";

/** Decompresses to at most `most` bytes: an archive that swells beyond what it declares is refused early. */
export async function inflate(
  bytes: Uint8Array,
  format: Deflated,
  most: number,
): Promise<Uint8Array> {
  const zlib = nodeModule("node:zlib");
  try {
    if (zlib) {
      const options = { maxOutputLength: Math.max(most, 1) };
      const out =
        format === "gzip" ? zlib.gunzipSync(bytes, options) : zlib.inflateRawSync(bytes, options);
      return new Uint8Array(out.buffer, out.byteOffset, out.length);
    }
    return await inflateStream(bytes, format, most);
  } catch (cause) {
    if (cause instanceof NeuronError) throw cause;
    const swollen = cause instanceof RangeError;
    throw swollen
      ? new NeuronError("unsafe-archive", `swells beyond ${most} bytes`, {}, { cause })
      : new NeuronError("corrupt", "does not decompress", {}, { cause });
  }
}

async function inflateStream(
  bytes: Uint8Array,
  format: Deflated,
  most: number,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>])
    .stream()
    .pipeThrough(new DecompressionStream(format));
  for await (const part of stream) {
    length += part.length;
    if (length > most) throw new NeuronError("unsafe-archive", `swells beyond ${most} bytes`);
    parts.push(part);
  }
  return concat(parts, length);
}

export function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
