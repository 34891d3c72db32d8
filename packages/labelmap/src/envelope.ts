import { crc32 } from "./crc32.ts";
import { LabelmapError } from "./errors.ts";
import { gunzip, gzip } from "./gzip.ts";
import { decodeLz4Block, encodeLz4Block } from "./lz4-block.ts";

export type Compression = "none" | "gzip" | "lz4";

export interface EnvelopeOptions {
  compression: Compression;
  /** CRC-32 of the payload; gzip has its own and never carries it. */
  checksum?: boolean;
}

const formats: Record<Compression, number> = { none: 0, gzip: 2, lz4: 4 };
const defaultMaxSize = 2 ** 30;

/**
 * What DVID stored, out of the envelope it stores values in.
 * @throws {LabelmapError} `corrupt`, `unsupported` for Snappy and JPEG, `too-large` past `maxSize` bytes (1 GiB).
 */
export async function decodeEnvelope(
  bytes: Uint8Array,
  { maxSize = defaultMaxSize }: { maxSize?: number } = {},
): Promise<Uint8Array> {
  const [format, payload] = openEnvelope(bytes);
  switch (format) {
    case formats.none:
      return limited(payload, payload.length, maxSize);
    case formats.gzip:
      return gunzip(payload, maxSize);
    case formats.lz4:
      return decodeLz4(payload, maxSize);
    default:
      throw new LabelmapError("unsupported", `envelope has compression format ${format}`);
  }
}

export async function encodeEnvelope(
  bytes: Uint8Array,
  { compression, checksum = false }: EnvelopeOptions,
): Promise<Uint8Array> {
  const payload = await compress(bytes, compression);
  const checked = checksum && compression !== "gzip";
  const offset = checked ? 5 : 1;
  const envelope = new Uint8Array(offset + payload.length);
  envelope[0] = (formats[compression] << 5) | (checked ? 8 : 0);
  if (checked) new DataView(envelope.buffer).setUint32(1, crc32(payload), true);
  envelope.set(payload, offset);
  return envelope;
}

function openEnvelope(bytes: Uint8Array): [format: number, payload: Uint8Array] {
  const head = bytes[0];
  if (head === undefined) throw corrupt("is empty");
  const format = head >> 5;
  const checksum = (head >> 3) & 3;
  if (checksum === 0 || format === formats.gzip) return [format, bytes.subarray(1)];
  if (checksum !== 1) throw corrupt(`has checksum type ${checksum}`);
  if (bytes.length < 5) throw corrupt("ends within its checksum");
  const expected = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1, true);
  const payload = bytes.subarray(5);
  const found = crc32(payload);
  if (found === expected) return [format, payload];
  throw corrupt(`has CRC-32 ${found.toString(16)}, expected ${expected.toString(16)}`);
}

/** A length of 0 says that the rest is not compressed. */
function decodeLz4(payload: Uint8Array, maxSize: number): Uint8Array {
  if (payload.length < 4) throw corrupt("ends within its length");
  const size = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const block = payload.subarray(4);
  if (size === 0) return limited(block, block.length, maxSize);
  // No LZ4 block expands more than 255-fold.
  if (size > 255 * block.length) throw corrupt(`claims ${size} bytes from ${block.length}`);
  return decodeLz4Block(limited(block, size, maxSize), size);
}

async function compress(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  if (compression === "none") return bytes;
  if (compression === "gzip") return gzip(bytes);
  const block = bytes.length === 0 ? bytes : encodeLz4Block(bytes);
  const payload = new Uint8Array(4 + block.length);
  new DataView(payload.buffer).setUint32(0, bytes.length, true);
  payload.set(block, 4);
  return payload;
}

function limited(bytes: Uint8Array, size: number, maxSize: number): Uint8Array {
  if (size <= maxSize) return bytes;
  throw new LabelmapError("too-large", `envelope holds ${size} bytes, above ${maxSize}`);
}

function corrupt(reason: string): LabelmapError {
  return new LabelmapError("corrupt", `envelope ${reason}`);
}
