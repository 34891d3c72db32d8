import { NeuronError } from "../errors.ts";

const MAX_DEPTH = 16;

/** Type codes of the Thrift compact protocol. */
export const thrift = {
  true: 1,
  false: 2,
  byte: 3,
  i16: 4,
  i32: 5,
  i64: 6,
  double: 7,
  binary: 8,
  list: 9,
  set: 10,
  map: 11,
  struct: 12,
} as const;

/**
 * Reads the Thrift compact protocol of footers, page headers and page indexes.
 * Every step is bounded by the bytes: no claimed length is believed before it is checked.
 */
export class ThriftReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new NeuronError("truncated", "a Thrift structure is cut off");
    this.at++;
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new NeuronError("corrupt", "a Thrift number has more than 10 bytes");
  }

  /** Exact up to 2^53, which every offset and count of a Parquet file is below. */
  int(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view, not a copy. */
  binary(): Uint8Array {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.bytes.length) throw new NeuronError("truncated", "a Thrift text is cut off");
    const value = this.bytes.subarray(this.at, end);
    this.at = end;
    return value;
  }

  text(): string {
    return new TextDecoder().decode(this.binary());
  }

  /** Calls `field` for each field; it reads the value, or returns false to have it skipped. */
  struct(field: (id: number, type: number) => undefined | false | undefined, depth = 0): void {
    if (depth > MAX_DEPTH) throw new NeuronError("corrupt", "Thrift structures nest too deep");
    let id = 0;
    for (;;) {
      const head = this.byte();
      const type = head & 15;
      if (type === 0) return;
      const delta = head >> 4;
      id = delta === 0 ? this.int() : id + delta;
      if (field(id, type) === false) this.skip(type, depth);
    }
  }

  /** Calls `item` for each item of a list; it must read the item. */
  list(item: (index: number, type: number) => void): number {
    const [type, length] = this.listHead();
    for (let index = 0; index < length; index++) item(index, type);
    return length;
  }

  listHead(): [type: number, length: number] {
    const head = this.byte();
    const short = head >> 4;
    const length = short === 15 ? this.varint() : short;
    if (length > this.bytes.length - this.at) {
      throw new NeuronError("truncated", `a Thrift list claims ${length} items`);
    }
    return [head & 15, length];
  }

  skip(type: number, depth = 0): void {
    if (type === thrift.true || type === thrift.false) return;
    if (type === thrift.byte) this.byte();
    else if (type >= thrift.i16 && type <= thrift.i64) this.varint();
    else if (type === thrift.double) this.at += 8;
    else if (type === thrift.binary) this.binary();
    else if (type === thrift.struct) this.struct(() => false, depth + 1);
    else if (type === thrift.list || type === thrift.set) {
      this.list((_, item) => {
        if (item === thrift.true || item === thrift.false) this.byte();
        else this.skip(item, depth + 1);
      });
    } else throw new NeuronError("corrupt", `unknown Thrift type ${type}`);
  }
}
