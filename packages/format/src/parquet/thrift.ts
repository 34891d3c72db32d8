import type { ByteReader } from "../varint.ts";
import { ByteWriter } from "../varint.ts";

const encoder = new TextEncoder();

/** Writes Thrift's compact protocol: the structs that Parquet needs. */
export class ThriftWriter {
  readonly out: ByteWriter;
  readonly #outer: number[] = [];
  #last = 0;

  constructor(capacity?: number) {
    this.out = new ByteWriter(capacity);
  }

  i32(field: number, value: number): void {
    this.#header(field, 5);
    this.out.zigzag(value);
  }

  i64(field: number, value: number): void {
    this.#header(field, 6);
    this.out.zigzag(value);
  }

  binary(field: number, value: Uint8Array): void {
    this.#header(field, 8);
    this.out.varint(value.length);
    this.out.raw(value);
  }

  string(field: number, value: string): void {
    this.binary(field, encoder.encode(value));
  }

  struct(field: number, members: () => void): void {
    this.#header(field, 12);
    this.element(members);
  }

  /** A struct without a header: the whole message, or an element of a list. */
  element(members: () => void): void {
    this.#outer.push(this.#last);
    this.#last = 0;
    members();
    this.out.byte(0);
    this.#last = this.#outer.pop() ?? 0;
  }

  structs<T>(field: number, items: readonly T[], write: (item: T) => void): void {
    this.#list(field, 12, items.length);
    for (const item of items) this.element(() => write(item));
  }

  i32s(field: number, items: readonly number[]): void {
    this.#list(field, 5, items.length);
    for (const item of items) this.out.zigzag(item);
  }

  strings(field: number, items: readonly string[]): void {
    this.#list(field, 8, items.length);
    for (const item of items) {
      const bytes = encoder.encode(item);
      this.out.varint(bytes.length);
      this.out.raw(bytes);
    }
  }

  #list(field: number, type: number, length: number): void {
    this.#header(field, 9);
    if (length < 15) {
      this.out.byte((length << 4) | type);
    } else {
      this.out.byte(0xf0 | type);
      this.out.varint(length);
    }
  }

  #header(field: number, type: number): void {
    this.out.byte(((field - this.#last) << 4) | type);
    this.#last = field;
  }
}

/**
 * Reads one struct: `member` is given each field and says whether it consumed it; the others are skipped.
 * Malformed bytes throw a RangeError.
 */
export function readStruct(
  reader: ByteReader,
  member: (field: number, type: number) => boolean,
): void {
  let field = 0;
  for (let header = reader.byte(); header !== 0; header = reader.byte()) {
    field = header >> 4 ? field + (header >> 4) : reader.zigzag();
    if (!member(field, header & 15)) skip(reader, header & 15, 0);
  }
}

function skip(reader: ByteReader, type: number, depth: number): void {
  if (depth > 8) throw new RangeError("structs nested too deep");
  const skipMember = (_: number, inner: number): boolean => {
    skip(reader, inner, depth + 1);
    return true;
  };
  if (type === 1 || type === 2) return;
  if (type === 3) reader.skip(1);
  else if (type >= 4 && type <= 6) reader.varint64();
  else if (type === 7) reader.skip(8);
  else if (type === 8) reader.skip(reader.varint());
  else if (type === 12) readStruct(reader, skipMember);
  else throw new RangeError(`Thrift type ${type} in a page header`);
}
