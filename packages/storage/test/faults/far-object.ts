import type { Slice } from "../../src/index.ts";
import type { Fault } from "./proxy.ts";

/** An object too large to keep: each byte is made up from its place, and differs from that of 2³² before. */
export class FarObject {
  readonly size: number;

  constructor(size: number) {
    this.size = size;
  }

  slice({ offset, length }: Slice): Uint8Array {
    const end = Math.min(this.size, offset + length);
    return Uint8Array.from({ length: end - offset }, (_, i) => (offset + i) % 251);
  }

  /** To a request for a range, as S3, GCS or a file server gives it. */
  answer(range: string | undefined): NonNullable<Fault["answer"]> {
    const { size } = this;
    const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(range ?? "") ?? [];
    const start = from === "" ? size - Number(to) : Number(from);
    const end = from === "" ? size : Math.min(size, Number(to) + 1);
    if (start >= size) return { status: 416, headers: { "content-range": `bytes */${size}` } };
    const headers = {
      etag: '"far"',
      "x-goog-generation": "1",
      "content-range": `bytes ${start}-${end - 1}/${size}`,
    };
    return { status: 206, headers, body: this.slice({ offset: start, length: end - start }) };
  }
}
