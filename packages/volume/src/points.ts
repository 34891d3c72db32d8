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
    const [nx, ny] = shape;
    const [x0, y0, z0] = start;
    // Words of a voxel. Where labels have up to 32 bits the low word stands in for the high one.
    const step = data instanceof BigUint64Array ? 2 : 1;
    const top = step - 1;
    const rim = halo ? 1 : 0;
    const row = step * (nx + 2 * rim);
    const plane = row * (ny + 2 * rim);
    let found = this.#points.length;
    for (let y = 0; y < ny; y++) {
      sample?.enterRow(y0 + y, z0 + z);
      let i = (z + rim) * plane + (y + rim) * row + rim * step;
      for (let x = 0; x < nx; ) {
        const begin = x;
        let k = i;
        const low = words[i] as number;
        const high = words[i + top] as number;
        do {
          x++;
          i += step;
        } while (x < nx && words[i] === low && words[i + top] === high);
        const upper = step === 2 ? high : 0;
        if (!this.#wanted(low, upper)) continue;
        // Within a run of one label only its ends can differ from their neighbours along x.
        let first = begin;
        let last = x - 1;
        if (surface) {
          if (words[k - step] === low && words[k - step + top] === high) first = -1;
          if (words[i] === low && words[i + top] === high) last = -1;
        }
        for (let at = begin; at < x; at++, k += step) {
          if (
            surface &&
            at !== first &&
            at !== last &&
            words[k - row] === low &&
            words[k + row] === low &&
            words[k - plane] === low &&
            words[k + plane] === low &&
            (step === 1 ||
              (words[k - row + 1] === high &&
                words[k + row + 1] === high &&
                words[k - plane + 1] === high &&
                words[k + plane + 1] === high))
          ) {
            continue;
          }
          if (sample && !sample.has(x0 + at)) continue;
          labels[found * 2] = low;
          labels[found * 2 + 1] = upper;
          positions[found * 3] = x0 + at;
          positions[found * 3 + 1] = y0 + y;
          positions[found * 3 + 2] = z0 + z;
          found++;
        }
      }
    }
    this.#points.length = found;
  }

  #wanted(low: number, high: number): boolean {
    return !this.#background.has(low, high) && (this.#labels?.has(low, high) ?? true);
  }
}
