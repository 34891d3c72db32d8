import { LabelmapError } from "./errors.ts";

/** Several times as fast as web streams for blocks, and takes streams of several members. */
const zlib = globalThis.process?.getBuiltinModule?.("node:zlib");

/**
 * The bytes of a gzip stream; of several members in Node alone.
 * @throws {LabelmapError} `corrupt`, or `too-large` past `maxSize` bytes, before more are held.
 */
export async function gunzip(bytes: Uint8Array, maxSize: number): Promise<Uint8Array> {
  if (zlib) return gunzipAtOnce(bytes, maxSize, zlib);
  const reader = through(bytes, new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { value } = await reader.read().catch((cause: unknown) => {
      throw new LabelmapError("corrupt", "gzip stream is damaged", { cause });
    });
    if (!value) return joined(parts, size);
    size += value.length;
    parts.push(value);
    if (size <= maxSize) continue;
    await reader.cancel();
    throw tooLarge(maxSize);
  }
}

function gunzipAtOnce(
  bytes: Uint8Array,
  maxSize: number,
  { gunzipSync }: typeof import("node:zlib"),
): Uint8Array {
  try {
    const { buffer, byteOffset, length } = gunzipSync(bytes, { maxOutputLength: maxSize });
    // No Buffer, whose `slice` would not copy.
    return new Uint8Array(buffer, byteOffset, length);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(maxSize);
    throw new LabelmapError("corrupt", "gzip stream is damaged", { cause });
  }
}

function tooLarge(maxSize: number): LabelmapError {
  return new LabelmapError("too-large", `gzip stream holds more than ${maxSize} bytes`);
}

export async function gzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = through(bytes, new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function through(
  bytes: Uint8Array,
  transform: CompressionStream | DecompressionStream,
): ReadableStream<Uint8Array> {
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      controller.enqueue(bytes as Uint8Array<ArrayBuffer>);
      controller.close();
    },
  });
  return source.pipeThrough(transform);
}

function joined(parts: Uint8Array[], size: number): Uint8Array {
  if (parts.length === 1) return parts[0] as Uint8Array;
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
