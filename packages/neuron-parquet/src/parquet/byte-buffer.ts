/** A buffer that grows, for the values of one page; it is used again for the next. */
export class ByteBuffer {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(256 * 1024);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** Room for `more` bytes after `length`. */
  reserve(more: number): void {
    const needed = this.length + more;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  varint(value: number): void {
    this.reserve(10);
    let left = value;
    while (left >= 128) {
      this.bytes[this.length++] = (left % 128) | 128;
      left = Math.floor(left / 128);
    }
    this.bytes[this.length++] = left;
  }

  zigzag(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  bigZigzag(value: bigint): void {
    let left = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
    while (left >= 128n) {
      this.byte(Number(left & 127n) | 128);
      left >>= 7n;
    }
    this.byte(Number(left));
  }

  append(more: Uint8Array): void {
    this.reserve(more.length);
    this.bytes.set(more, this.length);
    this.length += more.length;
  }

  /** A view, valid until the next change. */
  view(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.length);
  }
}
