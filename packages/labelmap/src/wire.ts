import { LabelmapError } from "./errors.ts";

/** A field of a protobuf message. */
export interface WireField {
  number: number;
  wireType: 0 | 2;
  /** Of wire type 0; otherwise 0. */
  value: bigint;
  /** Of wire type 2; otherwise empty. */
  bytes: Uint8Array;
}

const none = new Uint8Array();

/**
 * The fields of a protobuf message in the order they were written. Fixed-width ones, which DVID has none of, are
 * skipped.
 * @throws {LabelmapError} `corrupt`.
 */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  const at = { offset: 0 };
  while (at.offset < bytes.length) {
    const tag = readVarint(bytes, at);
    const number = Number(tag >> 3n);
    if (number === 0 || number >= 2 ** 29) throw corrupt(`has field number ${number}`);
    const type = Number(tag & 7n);
    if (type === 0) yield { number, wireType: 0, value: readVarint(bytes, at), bytes: none };
    else if (type === 1) skip(bytes, at, 8);
    else if (type === 5) skip(bytes, at, 4);
    else if (type !== 2) throw corrupt(`has wire type ${type}`);
    else {
      const size = Number(readVarint(bytes, at));
      skip(bytes, at, size);
      yield { number, wireType: 2, value: 0n, bytes: bytes.subarray(at.offset - size, at.offset) };
    }
  }
}

/** Up to ten bytes; bits past the 64th are dropped, as protobuf has it. */
export function readVarint(bytes: Uint8Array, at: { offset: number }): bigint {
  let low = 0;
  let scale = 1;
  let big = 0n;
  for (let byte = 0; byte < 10; byte++) {
    const next = bytes[at.offset++];
    if (next === undefined) throw corrupt("ends within a number");
    if (byte < 7) {
      low += (next & 0x7f) * scale;
      scale *= 128;
    } else big |= BigInt(next & 0x7f) << BigInt(7 * byte);
    if (next < 128) return big === 0n ? BigInt(low) : BigInt.asUintN(64, big | BigInt(low));
  }
  throw corrupt("has a number of more than 10 bytes");
}

/** Appends to a growing list of bytes. */
export class WireWriter {
  readonly #bytes: number[] = [];

  varint(value: bigint): void {
    let rest = value;
    for (; rest >= 128n; rest >>= 7n) this.#bytes.push(Number(rest & 0x7fn) | 0x80);
    this.#bytes.push(Number(rest));
  }

  /** Nothing for 0, which proto3 leaves out. */
  number(field: number, value: bigint): void {
    if (value === 0n) return;
    this.varint(BigInt(field << 3));
    this.varint(value);
  }

  bytes(field: number, value: Uint8Array): void {
    this.varint(BigInt((field << 3) | 2));
    this.varint(BigInt(value.length));
    for (const byte of value) this.#bytes.push(byte);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

function skip(bytes: Uint8Array, at: { offset: number }, size: number): void {
  if (size > bytes.length - at.offset) throw corrupt(`needs ${size} bytes at ${at.offset}`);
  at.offset += size;
}

function corrupt(reason: string): LabelmapError {
  return new LabelmapError("corrupt", `protobuf message ${reason}`);
}
