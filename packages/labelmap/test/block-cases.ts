import fc from "fast-check";
import type { Triple } from "../src/index.ts";

/** Some 64-bit ids, close to each other and to the limits of numbers and of signs. */
const label = fc.oneof(
  fc.bigInt({ min: 0n, max: 20n }),
  fc.constantFrom(2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);

/** Volumes of a few sub-blocks whose labels form runs, from one label to 512 in a sub-block. */
export const volumes: fc.Arbitrary<{ shape: Triple; voxels: BigUint64Array }> = fc
  .record({
    grid: fc.tuple(fc.nat(2), fc.nat(2), fc.nat(2)),
    palette: fc.array(label, { minLength: 1, maxLength: 40 }),
    distinct: fc.constantFrom(1, 2, 3, 4, 5, 9, 17, 33, 65, 129, 257, 512),
    run: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  })
  .map(({ grid, palette, distinct, run, seed }) => {
    const shape: Triple = [8 * grid[0] + 8, 8 * grid[1] + 8, 8 * grid[2] + 8];
    const voxels = new BigUint64Array(shape[0] * shape[1] * shape[2]);
    for (let voxel = 0; voxel < voxels.length; voxel++) {
      const pick = (Math.floor(voxel / run) * 7919 + seed) % distinct;
      const turn = BigInt(Math.floor(pick / palette.length));
      voxels[voxel] = BigInt.asUintN(64, (palette[pick % palette.length] as bigint) + 1000n * turn);
    }
    return { shape, voxels };
  });
