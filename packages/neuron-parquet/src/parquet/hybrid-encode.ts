import type { ByteBuffer } from "./byte-buffer.ts";
import { pack } from "./delta-encode.ts";

/** The RLE / bit-packing hybrid: runs of 8 and more as such, the rest packed in groups of 8. */
export class HybridEncoder {
  readonly #out: ByteBuffer;
  readonly #width: number;
  readonly #held = new Int32Array(512);
  #count = 0;

  constructor(out: ByteBuffer, width: number) {
    this.#out = out;
    this.#width = width;
  }

  run(value: number, length: number): void {
    let left = length;
    // Packed values come in groups of 8: fill the group that is open.
    while (left > 0 && this.#count % 8 !== 0) {
      this.#push(value);
      left--;
    }
    if (left >= 8) {
      this.#flush();
      this.#out.varint(left * 2);
      for (let bits = 0; bits < this.#width; bits += 8) this.#out.byte(value >>> bits);
      return;
    }
    for (; left > 0; left--) this.#push(value);
  }

  /** Values beyond the last are padding, which the count of the page leaves out. */
  end(): void {
    while (this.#count % 8 !== 0) this.#push(0);
    this.#flush();
  }

  #push(value: number): void {
    this.#held[this.#count++] = value;
    if (this.#count === this.#held.length) this.#flush();
  }

  #flush(): void {
    if (this.#count === 0) return;
    const out = this.#out;
    out.varint((this.#count / 8) * 2 + 1);
    out.reserve((this.#count / 8) * this.#width + 4);
    out.length = pack(out.bytes, out.length, this.#held, 0, this.#count, this.#width);
    this.#count = 0;
  }
}
