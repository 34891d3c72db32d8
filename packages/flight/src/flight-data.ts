import { FlightError } from "./errors.ts";
import { plainBytes } from "./plain-bytes.ts";

/** One message of a stream as it travels; `header` is a bare flatbuffer `Message`. */
export type FlightData = {
  descriptor?: Uint8Array;
  header?: Uint8Array;
  metadata?: Uint8Array;
  /** The parts of the body in order, already padded; concatenated they are the Arrow body. */
  body?: readonly Uint8Array[];
};

/** What a peer sent: views of the message, so a field kept keeps the whole message in memory. */
export type ReceivedData = {
  descriptor?: Uint8Array;
  header?: Uint8Array;
  metadata?: Uint8Array;
  body?: Uint8Array;
};

const fieldTags = { descriptor: 1, header: 2, metadata: 3, body: 1000 } as const;

/** Bytes below which to copy a part is cheaper than to hand it to the socket by itself. */
const smallPart = 4096;

/**
 * A message not yet laid out. A server hands its parts to the socket; a client has grpc-js do it, which asks a
 * serialized message for nothing but its length and to copy itself behind a 5-byte prefix.
 */
export class ScatteredMessage {
  readonly byteLength: number;
  /** The same number, under the name that the client half of grpc-js reads. */
  readonly length: number;
  readonly #parts: readonly Uint8Array[];

  constructor(parts: readonly Uint8Array[]) {
    this.#parts = parts;
    this.byteLength = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.length = this.byteLength;
  }

  copy(target: Uint8Array, targetStart = 0): number {
    let at = targetStart;
    for (const part of this.#parts) {
      target.set(part, at);
      at += part.byteLength;
    }
    return this.byteLength;
  }

  /** Behind gRPC's prefix of 5 bytes: large parts as they are, runs of small ones in one buffer. */
  framed(): Uint8Array[] {
    const prefix = new Uint8Array(5);
    new DataView(prefix.buffer).setUint32(1, this.byteLength);
    const framed: Uint8Array[] = [];
    let run: Uint8Array[] = [prefix];
    for (const part of this.#parts) {
      if (part.byteLength < smallPart) run.push(part);
      else {
        if (run.length > 0) framed.push(Buffer.concat(run));
        framed.push(part);
        run = [];
      }
    }
    if (run.length > 0) framed.push(Buffer.concat(run));
    return framed;
  }

  /** A second copy, for a transport that wants a real buffer. */
  concat(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.byteLength);
    this.copy(bytes);
    return bytes;
  }
}

/** The parts of one protobuf message: tags and lengths between the caller's own buffers. */
export function messageParts(data: FlightData): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const { descriptor, header, metadata, body } = data;
  if (descriptor) parts.push(prefix(fieldTags.descriptor, descriptor.byteLength), descriptor);
  if (header) parts.push(prefix(fieldTags.header, header.byteLength), header);
  if (metadata) parts.push(prefix(fieldTags.metadata, metadata.byteLength), metadata);
  if (body) {
    const size = body.reduce((sum, part) => sum + part.byteLength, 0);
    parts.push(prefix(fieldTags.body, size), ...body);
  }
  return parts;
}

/** @throws {FlightError} `corrupt` when the bytes are not a protobuf message. */
export function decodeFlightData(message: Uint8Array): ReceivedData {
  const bytes = plainBytes(message);
  const data: ReceivedData = {};
  let at = 0;
  while (at < bytes.byteLength) {
    const tag = readVarint(bytes, at);
    at = tag.next;
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    if (wireType === 0) at = readVarint(bytes, at).next;
    else if (wireType === 1) at += 8;
    else if (wireType === 5) at += 4;
    else if (wireType === 2) {
      const size = readVarint(bytes, at);
      at = size.next + size.value;
      if (at > bytes.byteLength) throw truncated(at, bytes.byteLength);
      const value = bytes.subarray(size.next, at);
      if (field === fieldTags.descriptor) data.descriptor = value;
      else if (field === fieldTags.header) data.header = value;
      else if (field === fieldTags.metadata) data.metadata = value;
      else if (field === fieldTags.body) data.body = value;
    } else throw new FlightError("corrupt", `flight data: unknown wire type ${wireType}`);
  }
  if (at > bytes.byteLength) throw truncated(at, bytes.byteLength);
  return data;
}

function prefix(field: number, size: number): Uint8Array {
  const bytes: number[] = [];
  for (let value of [field * 8 + 2, size]) {
    while (value >= 0x80) {
      bytes.push((value % 0x80) + 0x80);
      value = Math.floor(value / 0x80);
    }
    bytes.push(value);
  }
  return Uint8Array.from(bytes);
}

/** Without 32-bit operators: a length may need more bits, and is refused by the bounds check, not wrapped. */
function readVarint(bytes: Uint8Array, start: number): { value: number; next: number } {
  let value = 0;
  let scale = 1;
  for (let at = start; at < start + 10; at++) {
    const byte = bytes[at];
    if (byte === undefined) throw truncated(at + 1, bytes.byteLength);
    value += (byte % 0x80) * scale;
    if (byte < 0x80) return { value, next: at + 1 };
    scale *= 0x80;
  }
  throw new FlightError("corrupt", "flight data: a varint is longer than 10 bytes");
}

function truncated(needed: number, size: number): FlightError {
  return new FlightError("corrupt", `flight data: needs ${needed} bytes, message has ${size}`);
}
