/** Points a leaf of the tree may hold. */
const LEAF = 12;

/** A k-d tree over points, for the k nearest of one of them. */
export class NearestPoints {
  readonly #points: readonly [Float64Array, Float64Array, Float64Array];
  readonly #order: Int32Array;
  /** The k nearest so far: squared distances ascending, and their rows. */
  readonly #distances: Float64Array;
  readonly #rows: Int32Array;
  #found = 0;

  constructor(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>, k: number) {
    this.#points = [Float64Array.from(x), Float64Array.from(y), Float64Array.from(z)];
    this.#order = Int32Array.from({ length: x.length }, (_, row) => row);
    this.#distances = new Float64Array(k);
    this.#rows = new Int32Array(k);
    this.#split(0, x.length, 0);
  }

  /** Rows of the k points nearest to point `row`, itself among them, nearest first; valid until the next call. */
  of(row: number): Int32Array {
    this.#found = 0;
    this.#search(0, this.#order.length, 0, row);
    return this.#rows.subarray(0, this.#found);
  }

  #axis(depth: number): Float64Array {
    return this.#points[(depth % 3) as 0 | 1 | 2];
  }

  #split(start: number, end: number, depth: number): void {
    if (end - start <= LEAF) return;
    const middle = (start + end) >> 1;
    const axis = this.#axis(depth);
    const part = this.#order.subarray(start, end);
    part.sort((a, b) => (axis[a] as number) - (axis[b] as number));
    this.#split(start, middle, depth + 1);
    this.#split(middle + 1, end, depth + 1);
  }

  #search(start: number, end: number, depth: number, row: number): void {
    if (end - start <= LEAF) {
      for (let at = start; at < end; at++) this.#offer(this.#order[at] as number, row);
      return;
    }
    const middle = (start + end) >> 1;
    const axis = this.#axis(depth);
    const pivot = this.#order[middle] as number;
    const offset = (axis[row] as number) - (axis[pivot] as number);
    const [near, far] =
      offset < 0
        ? ([
            [start, middle],
            [middle + 1, end],
          ] as const)
        : ([
            [middle + 1, end],
            [start, middle],
          ] as const);
    this.#search(near[0], near[1], depth + 1, row);
    this.#offer(pivot, row);
    const full = this.#found === this.#rows.length;
    if (!full || offset * offset <= (this.#distances[this.#found - 1] as number)) {
      this.#search(far[0], far[1], depth + 1, row);
    }
  }

  #offer(candidate: number, row: number): void {
    const [x, y, z] = this.#points;
    const dx = (x[candidate] as number) - (x[row] as number);
    const dy = (y[candidate] as number) - (y[row] as number);
    const dz = (z[candidate] as number) - (z[row] as number);
    const distance = dx * dx + dy * dy + dz * dz;
    const full = this.#found === this.#rows.length;
    if (full && distance >= (this.#distances[this.#found - 1] as number)) return;
    let at = full ? this.#found - 1 : this.#found++;
    for (; at > 0 && (this.#distances[at - 1] as number) > distance; at--) {
      this.#distances[at] = this.#distances[at - 1] as number;
      this.#rows[at] = this.#rows[at - 1] as number;
    }
    this.#distances[at] = distance;
    this.#rows[at] = candidate;
  }
}
