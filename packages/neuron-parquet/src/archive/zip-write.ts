import { crc32 } from "../parquet/crc32.ts";
import { deflateRawParts } from "./deflate.ts";
import { assertMemberName } from "./member-name.ts";

type WriteBytes = (bytes: Uint8Array) => Promise<void>;

interface Written {
  readonly name: Uint8Array;
  readonly method: number;
  readonly crc: number;
  readonly stored: number;
  readonly size: number;
  readonly offset: number;
  readonly streamed: boolean;
}

const UTF8 = 0x0800;
const SIZES_FOLLOW = 0x0008;
/** 1 January 1980, the earliest a zip can say: the same neurons give the same bytes. */
const DATE = 0x0021;
const LIMIT32 = 0xffffffff;

/** Writes a zip member by member, in bounded memory, with ZIP64 where sizes want it. */
export class ZipWriter {
  readonly #write: WriteBytes;
  readonly #members: Written[] = [];
  #offset = 0;

  constructor(write: WriteBytes) {
    this.#write = write;
  }

  get size(): number {
    return this.#offset;
  }

  /** `body` is `bytes` deflated, which the caller may do for several members at once. */
  async addDeflated(name: string, bytes: Uint8Array, body: Uint8Array): Promise<void> {
    const member = this.#member(name, 8, false);
    const written = { ...member, crc: crc32(bytes), stored: body.length, size: bytes.length };
    await this.#put(local(written));
    await this.#put(body);
    this.#members.push(written);
  }

  /** A stored member whose bytes come one after another: sizes follow it, and stand in the directory. */
  async stream(name: string, produce: (write: WriteBytes) => Promise<void>): Promise<void> {
    let sum = { crc: 0, size: 0 };
    await this.#streamed(
      name,
      0,
      () => sum,
      async () => {
        await produce(async (bytes) => {
          sum = { crc: crc32(bytes, sum.crc), size: sum.size + bytes.length };
          await this.#put(bytes);
        });
      },
    );
  }

  /** The same, deflated on the way. */
  async streamDeflated(name: string, parts: Iterable<Uint8Array>): Promise<void> {
    let sum = { crc: 0, size: 0 };
    const summed = async function* (): AsyncGenerator<Uint8Array> {
      for (const bytes of parts) {
        sum = { crc: crc32(bytes, sum.crc), size: sum.size + bytes.length };
        yield bytes;
      }
    };
    await this.#streamed(
      name,
      8,
      () => sum,
      async () => {
        for await (const bytes of deflateRawParts(summed())) await this.#put(bytes);
      },
    );
  }

  async #streamed(
    name: string,
    method: number,
    sum: () => { crc: number; size: number },
    produce: () => Promise<void>,
  ): Promise<void> {
    const member = this.#member(name, method, true);
    await this.#put(local(member));
    const start = this.#offset;
    await produce();
    const written = { ...member, ...sum(), stored: this.#offset - start };
    await this.#put(descriptor(written));
    this.#members.push(written);
  }

  async end(): Promise<void> {
    const start = this.#offset;
    for (const member of this.#members) await this.#put(directoryEntry(member));
    await this.#put(ending(this.#members.length, start, this.#offset - start));
  }

  #member(name: string, method: number, streamed: boolean): Written {
    assertMemberName(name, name);
    const bytes = new TextEncoder().encode(name);
    return { name: bytes, method, crc: 0, stored: 0, size: 0, offset: this.#offset, streamed };
  }

  async #put(bytes: Uint8Array): Promise<void> {
    await this.#write(bytes);
    this.#offset += bytes.length;
  }
}

function local({ name, method, crc, stored, size, streamed }: Written): Uint8Array {
  const out = new Uint8Array(30 + name.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(4, 45, true);
  view.setUint16(6, UTF8 | (streamed ? SIZES_FOLLOW : 0), true);
  view.setUint16(8, method, true);
  view.setUint16(12, DATE, true);
  view.setUint32(14, crc, true);
  view.setUint32(18, stored, true);
  view.setUint32(22, size, true);
  view.setUint16(26, name.length, true);
  out.set(name, 30);
  return out;
}

function descriptor({ crc, stored, size }: Written): Uint8Array {
  const wide = size > LIMIT32;
  const view = new DataView(new ArrayBuffer(wide ? 24 : 16));
  view.setUint32(0, 0x08074b50, true);
  view.setUint32(4, crc, true);
  if (wide) {
    view.setBigUint64(8, BigInt(stored), true);
    view.setBigUint64(16, BigInt(size), true);
  } else {
    view.setUint32(8, stored, true);
    view.setUint32(12, size, true);
  }
  return new Uint8Array(view.buffer);
}

function directoryEntry({
  name,
  method,
  crc,
  stored,
  size,
  offset,
  streamed,
}: Written): Uint8Array {
  const wide = [size, stored, offset].filter((value) => value >= LIMIT32);
  const extra = wide.length === 0 ? 0 : 4 + wide.length * 8;
  const out = new Uint8Array(46 + name.length + extra);
  const view = new DataView(out.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(4, 45, true);
  view.setUint16(6, 45, true);
  view.setUint16(8, UTF8 | (streamed ? SIZES_FOLLOW : 0), true);
  view.setUint16(10, method, true);
  view.setUint16(14, DATE, true);
  view.setUint32(16, crc, true);
  view.setUint32(20, Math.min(stored, LIMIT32), true);
  view.setUint32(24, Math.min(size, LIMIT32), true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, extra, true);
  view.setUint32(42, Math.min(offset, LIMIT32), true);
  out.set(name, 46);
  if (extra > 0) {
    view.setUint16(46 + name.length, 1, true);
    view.setUint16(48 + name.length, extra - 4, true);
    for (const [at, value] of wide.entries())
      view.setBigUint64(50 + name.length + at * 8, BigInt(value), true);
  }
  return out;
}

function ending(count: number, start: number, size: number): Uint8Array {
  const wide = count >= 0xffff || start >= LIMIT32 || size >= LIMIT32;
  const out = new Uint8Array((wide ? 76 : 0) + 22);
  const view = new DataView(out.buffer);
  let at = 0;
  if (wide) {
    view.setUint32(0, 0x06064b50, true);
    view.setBigUint64(4, 44n, true);
    view.setUint16(12, 45, true);
    view.setUint16(14, 45, true);
    for (const [index, value] of [count, count, size, start].entries()) {
      view.setBigUint64(24 + index * 8, BigInt(value), true);
    }
    view.setUint32(56, 0x07064b50, true);
    view.setBigUint64(64, BigInt(start + size), true);
    view.setUint32(72, 1, true);
    at = 76;
  }
  view.setUint32(at, 0x06054b50, true);
  view.setUint16(at + 8, Math.min(count, 0xffff), true);
  view.setUint16(at + 10, Math.min(count, 0xffff), true);
  view.setUint32(at + 12, Math.min(size, LIMIT32), true);
  view.setUint32(at + 16, Math.min(start, LIMIT32), true);
  return out;
}
