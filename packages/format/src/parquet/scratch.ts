/** A reusable buffer that encoders write a page into. */
export class Scratch {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16);
  view: DataView<ArrayBuffer> = new DataView(this.bytes.buffer);

  /** Makes room for `size` bytes; what was there is lost. */
  reserve(size: number): void {
    if (size <= this.bytes.length) return;
    this.bytes = new Uint8Array(size * 2);
    this.view = new DataView(this.bytes.buffer);
  }
}
