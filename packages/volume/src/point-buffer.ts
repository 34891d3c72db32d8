/** Room for points, which is kept from block to block. */
export class PointBuffer {
  /** Low and high words of the labels. */
  labels: Uint32Array<ArrayBuffer> = new Uint32Array(2 * 4096);
  positions: Int32Array<ArrayBuffer> = new Int32Array(3 * 4096);
  length = 0;

  /** Makes room for `count` more. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed * 2 <= this.labels.length) return;
    const capacity = Math.max(needed, this.labels.length);
    const { labels, positions } = this;
    this.labels = new Uint32Array(2 * capacity);
    this.positions = new Int32Array(3 * capacity);
    this.labels.set(labels);
    this.positions.set(positions);
  }
}
