import { wordsOf } from "./chunk.ts";
import { LabelSet } from "./label-set.ts";
import { PointBuffer } from "./point-buffer.ts";
import { Sample } from "./sample.ts";
import type { Voxels } from "./volume.ts";

export interface PointOptions {
  /**
   * `surface`, the default, takes a voxel when one of the six it shares a face with has another label. What lies
   * outside the volume is no other label: where an object is cut off by the volume's end it has no surface.
   */
  select?: "surface" | "all";
  /** Of the points selected, the fraction to keep. */
  sample?: number;
  /** Another seed is another sample; 0 by default. */
  seed?: number;
  /** Labels that are nobody's; `[0n]` by default. They still bound the surfaces of others. */
  background?: Iterable<bigint>;
  /** Only these labels. */
  labels?: Iterable<bigint>;
}

/** One label for each point, points in raster order: x fastest, z slowest. */
export interface BlockPoints {
  labels: BigUint64Array;
  /** x, y, z triples, voxels of the volume. */
  positions: Int32Array;
}

/** Picks points out of blocks. */
export class PointFinder {
  /** Whether blocks have to be read with a halo. */
  readonly halo: boolean;
  readonly #sample: Sample | undefined;
  readonly #background: LabelSet;
  readonly #labels: LabelSet | undefined;
  readonly #points = new PointBuffer();

  constructor(options: PointOptions = {}) {
    const { select = "surface", sample, seed = 0, background = [0n], labels } = options;
    if (select !== "surface" && select !== "all") {
      throw new TypeError(`Expected \`select\` to be "surface" or "all", got ${select}`);
    }
    this.halo = select === "surface";
    this.#sample = sample === undefined ? undefined : new Sample(sample, seed);
    this.#background = new LabelSet("background", background);
    this.#labels = labels && new LabelSet("labels", labels);
  }

  /** The points of a block. Their arrays are reused by the next call. */
  find(voxels: Voxels): BlockPoints {
    if (this.halo && !voxels.halo) {
      throw new TypeError("Expected `voxels` to have a halo, which surfaces need");
    }
    const points = this.#points;
    points.length = 0;
    for (let z = 0; z < voxels.shape[2]; z++) {
      points.reserve(voxels.shape[0] * voxels.shape[1]);
      this.#findInPlane(voxels, z);
    }
    return {
      labels: new BigUint64Array(points.labels.buffer, 0, points.length),
      positions: points.positions.subarray(0, points.length * 3),
    };
  }

  #findInPlane({ data, start, shape, halo }: Voxels, z: number): void {
    const words = wordsOf(data);
    const { labels, positions } = this.#points;
    const sample = this.#sample;
    const surface = this.halo;
    // Words of a voxel. Its high word is its only one where labels have up to 32 bits.
    const step = data instanceof BigUint64Array ? 2 : 1;
    const rim = halo ? 1 : 0;
    const row = step * (shape[0] + 2 * rim);
    const plane = row * (shape[1] + 2 * rim);
    let found = this.#points.length;
    let low = -1;
    let high = -1;
    let wanted = false;
    for (let y = 0; y < shape[1]; y++) {
      sample?.enterRow(start[1] + y, start[2] + z);
      let i = (z + rim) * plane + (y + rim) * row + rim * step;
      for (let x = 0; x < shape[0]; x++, i += step) {
        const j = i + step - 1;
        if (words[i] !== low || words[j] !== high) {
          low = words[i] as number;
          high = words[j] as number;
          wanted = this.#wanted(low, step === 2 ? high : 0);
        }
        if (!wanted) continue;
        const inside =
          surface &&
          words[i - step] === low &&
          words[i + step] === low &&
          words[i - row] === low &&
          words[i + row] === low &&
          words[i - plane] === low &&
          words[i + plane] === low &&
          (step === 1 ||
            (words[j - step] === high &&
              words[j + step] === high &&
              words[j - row] === high &&
              words[j + row] === high &&
              words[j - plane] === high &&
              words[j + plane] === high));
        if (inside || (sample && !sample.has(start[0] + x))) continue;
        labels[found * 2] = low;
        labels[found * 2 + 1] = step === 2 ? high : 0;
        positions[found * 3] = start[0] + x;
        positions[found * 3 + 1] = start[1] + y;
        positions[found * 3 + 2] = start[2] + z;
        found++;
      }
    }
    this.#points.length = found;
  }

  #wanted(low: number, high: number): boolean {
    return !this.#background.has(low, high) && (this.#labels?.has(low, high) ?? true);
  }
}
