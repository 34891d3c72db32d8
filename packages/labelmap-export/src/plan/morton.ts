import type { Triple } from "@pocaduck/labelmap";

/**
 * The compressed Morton code of a grid: the bits of x, y and z in turn, from the lowest, leaving out an axis once
 * the grid needs no more bits of it. Its high bits number the shards of neuroglancer's sharded format.
 */
export class MortonGrid {
  /** Which bit of which axis each bit of a code is, as the power of two to divide by. */
  readonly #order: readonly (readonly [axis: 0 | 1 | 2, power: number])[];

  /** @param shape of the grid; coordinates are below it. */
  constructor(shape: Triple) {
    const bits = shape.map((size) => bitsOf(size - 1));
    this.#order = Array.from({ length: Math.max(...bits) }, (_, bit) =>
      ([0, 1, 2] as const)
        .filter((axis) => bit < (bits[axis] ?? 0))
        .map((axis) => [axis, 2 ** bit] as const),
    ).flat();
  }

  code(place: Triple): bigint {
    let [low, high, weight] = [0, 0, 1];
    for (const [at, [axis, power]] of this.#order.entries()) {
      const bit = Math.floor(place[axis] / power) % 2;
      if (at < 32) low += bit * weight;
      else high += bit * weight;
      weight = at === 31 ? 1 : weight * 2;
    }
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** The box of the cells whose codes differ in the lowest `bits` alone. */
  cell(bits: number): Triple {
    const shape: [number, number, number] = [1, 1, 1];
    for (const [axis] of this.#order.slice(0, bits)) shape[axis] *= 2;
    return shape;
  }
}

function bitsOf(largest: number): number {
  return largest <= 0 ? 0 : Math.floor(Math.log2(largest)) + 1;
}
