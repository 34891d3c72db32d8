import { decodeBlockKey, type LabelIndex, type Triple } from "@pocaduck/labelmap";
import type { Extents } from "@pocaduck/labelmap/dvid";

/** Where bodies are, for data whose metadata does not say. */
export class ExtentsOfIndices {
  readonly #min: [number, number, number] = [Infinity, Infinity, Infinity];
  readonly #max: [number, number, number] = [-Infinity, -Infinity, -Infinity];

  add(index: LabelIndex): void {
    for (const key of index.blocks.keys()) {
      const block = decodeBlockKey(key);
      for (const axis of [0, 1, 2] as const) {
        this.#min[axis] = Math.min(this.#min[axis], block[axis]);
        this.#max[axis] = Math.max(this.#max[axis], block[axis]);
      }
    }
  }

  /** Whole blocks; nothing when no index named one. */
  extents([x, y, z]: Triple): Extents | undefined {
    if (this.#min[0] === Infinity) return undefined;
    const [min, max] = [this.#min, this.#max];
    return {
      min: [min[0] * x, min[1] * y, min[2] * z],
      max: [(max[0] + 1) * x - 1, (max[1] + 1) * y - 1, (max[2] + 1) * z - 1],
    };
  }
}
