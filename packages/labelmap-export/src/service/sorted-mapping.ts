import type { ScatterBatch } from "@pocaduck/flight";
import type { LabelMapping } from "@pocaduck/labelmap";

/** The pairs of a mapping by supervoxel, so that stretches of it mean the same each time; 8 bytes a pair. */
export class SortedMapping {
  readonly #supervoxels: BigUint64Array;
  readonly #mapping: LabelMapping;

  constructor(mapping: LabelMapping) {
    this.#mapping = mapping;
    this.#supervoxels = mapping.supervoxels();
  }

  batch(start: number, end: number): ScatterBatch {
    const supervoxels = this.#supervoxels.subarray(start, end);
    return { length: end - start, columns: [supervoxels, this.#mapping.map(supervoxels)] };
  }
}
