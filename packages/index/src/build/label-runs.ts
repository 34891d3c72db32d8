/** Runs of equal labels in sorted rows. */
export class LabelRuns {
  readonly labels: BigUint64Array<ArrayBuffer>;
  /** Rows of each run. */
  readonly counts: Int32Array<ArrayBuffer>;
  length = 0;
  readonly #words: Uint32Array;

  /** `capacity` is how many rows it can be given at once. */
  constructor(capacity: number) {
    this.labels = new BigUint64Array(capacity);
    this.counts = new Int32Array(capacity);
    this.#words = new Uint32Array(this.labels.buffer);
  }

  /** Finds the runs in the first `length` of `labels`. */
  find(labels: BigUint64Array, length: number): void {
    // Halves of 32 bits: a bigint for each row would take most of the time.
    const from = new Uint32Array(labels.buffer, labels.byteOffset, length * 2);
    const to = this.#words;
    const { counts } = this;
    let run = -1;
    let start = 0;
    for (let row = 0; row < length; row++) {
      const low = from[2 * row] as number;
      const high = from[2 * row + 1] as number;
      if (run >= 0 && low === to[2 * run] && high === to[2 * run + 1]) continue;
      if (run >= 0) counts[run] = row - start;
      start = row;
      run++;
      to[2 * run] = low;
      to[2 * run + 1] = high;
    }
    if (run >= 0) counts[run] = length - start;
    this.length = run + 1;
  }
}
