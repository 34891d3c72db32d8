/**
 * Decides for each voxel by its coordinates and a seed alone, so that neither blocks nor workers matter.
 * The hash is part of what a dataset means: another hash is another sample.
 */
export class Sample {
  /** Of 2^32. */
  readonly #threshold: number;
  readonly #seed: number;
  #row = 0;

  constructor(fraction: number, seed: number) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new RangeError(`Expected \`sample\` to be above 0 and at most 1, got ${fraction}`);
    }
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw new RangeError(`Expected \`seed\` to be an integer from 0 to 2^32-1, got ${seed}`);
    }
    this.#threshold = fraction * 2 ** 32;
    this.#seed = seed;
  }

  enterRow(y: number, z: number): void {
    this.#row = mix(mix(this.#seed ^ z) ^ y);
  }

  has(x: number): boolean {
    return mix(this.#row ^ x) >>> 0 < this.#threshold;
  }
}

/** A bijection of 32 bits, by multiplication with odd constants and shifts; 0 does not map to itself. */
function mix(value: number): number {
  let h = Math.imul((value + 0x9e3779b9) | 0, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return h ^ (h >>> 15);
}
