import { thrift } from "./thrift-read.ts";

const encoder = new TextEncoder();

/** Writes the Thrift compact protocol into one growing buffer. Fields must come in ascending order of id. */
export class ThriftWriter {
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  #length = 0;
  readonly #lastIds: number[] = [];
  #lastId = 0;

  /** A view of what was written so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far, as bytes of their own; writing starts over. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice();
    this.#length = 0;
    return taken;
  }

  /** Bytes that are Thrift already. */
  append(value: Uint8Array): void {
    this.#grow(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  byteField(id: number, value: number): void {
    this.#field(id, thrift.byte);
    this.#byte(value);
  }

  i16(id: number, value: number): void {
    this.#field(id, thrift.i16);
    this.#zigzag(value);
  }

  i32(id: number, value: number): void {
    this.#field(id, thrift.i32);
    this.#zigzag(value);
  }

  i64(id: number, value: number): void {
    this.#field(id, thrift.i64);
    this.#zigzag(value);
  }

  bool(id: number, value: boolean): void {
    this.#field(id, value ? thrift.true : thrift.false);
  }

  binary(id: number, value: Uint8Array): void {
    this.#field(id, thrift.binary);
    this.#binary(value);
  }

  /** A structure of two texts, spelled without a closure for it. */
  pair(first: string, second: string): void {
    this.#byte(0x18);
    this.#text(first);
    this.#byte(0x18);
    this.#text(second);
    this.#byte(0);
  }

  text(id: number, value: string): void {
    this.#field(id, thrift.binary);
    this.#text(value);
  }

  struct(id: number, fields: () => void): void {
    this.#field(id, thrift.struct);
    this.item(fields);
  }

  /** A structure that is a list item, or the outermost one. */
  item(fields: () => void): void {
    this.start();
    fields();
    this.end();
  }

  start(): void {
    this.#lastIds.push(this.#lastId);
    this.#lastId = 0;
  }

  end(): void {
    this.#byte(0);
    this.#lastId = this.#lastIds.pop() ?? 0;
  }

  /** A writer that goes on within the structure this one has begun. */
  continued(): ThriftWriter {
    const next = new ThriftWriter();
    next.#lastId = this.#lastId;
    return next;
  }

  list(id: number, type: number, length: number): void {
    this.#field(id, thrift.list);
    if (length < 15) this.#byte((length << 4) | type);
    else {
      this.#byte(0xf0 | type);
      this.#varint(length);
    }
  }

  listOfI32(id: number, values: readonly number[]): void {
    this.list(id, thrift.i32, values.length);
    for (const value of values) this.#zigzag(value);
  }

  listOfI64(id: number, values: readonly number[]): void {
    this.list(id, thrift.i64, values.length);
    for (const value of values) this.#zigzag(value);
  }

  listOfBinary(id: number, values: readonly Uint8Array[]): void {
    this.list(id, thrift.binary, values.length);
    for (const value of values) this.#binary(value);
  }

  listOfText(id: number, values: readonly string[]): void {
    this.list(id, thrift.binary, values.length);
    for (const value of values) this.#text(value);
  }

  listOfBool(id: number, values: readonly boolean[]): void {
    this.list(id, thrift.true, values.length);
    for (const value of values) this.#byte(value ? thrift.true : thrift.false);
  }

  #field(id: number, type: number): void {
    const delta = id - this.#lastId;
    if (delta > 0 && delta < 16) this.#byte((delta << 4) | type);
    else {
      this.#byte(type);
      this.#zigzag(id);
    }
    this.#lastId = id;
  }

  #binary(value: Uint8Array): void {
    this.#varint(value.length);
    this.append(value);
  }

  #text(value: string): void {
    // Short ASCII goes in sign by sign: a view for an encoder to write to would be an object for each of a million texts.
    const { length } = value;
    if (length < 128) {
      this.#grow(length + 1);
      let high = 0;
      for (let at = 0; at < length; at++) {
        const sign = value.charCodeAt(at);
        high |= sign;
        this.#bytes[this.#length + 1 + at] = sign;
      }
      if (high < 128) {
        this.#bytes[this.#length] = length;
        this.#length += length + 1;
        return;
      }
    }
    this.#binary(encoder.encode(value));
  }

  #zigzag(value: number): void {
    this.#varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  #varint(value: number): void {
    let left = value;
    while (left >= 128) {
      this.#byte((left % 128) | 128);
      left = Math.floor(left / 128);
    }
    this.#byte(left);
  }

  #byte(value: number): void {
    this.#grow(1);
    this.#bytes[this.#length++] = value;
  }

  #grow(by: number): void {
    const needed = this.#length + by;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
