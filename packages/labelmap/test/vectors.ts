import type { Triple } from "../src/index.ts";

type Label = (x: number, y: number, z: number) => bigint;

/** The volumes behind the golden blocks, as `dvid-vectors.json` describes them. */
export const golden: Record<string, { edge: number; label: Label }> = {
  solid2_64: { edge: 64, label: () => 2n },
  solid_max_16: { edge: 16, label: () => 2n ** 64n - 1n },
  two_plus_five_16: {
    edge: 16,
    label: (x, y, z) => {
      if (y >= 8 || z >= 8) return 0n;
      if (x >= 8) return BigInt(100 + ((x - 8) % 5));
      return x < 4 ? 5n : 7n;
    },
  },
  order_sensitive_16: {
    edge: 16,
    label: (x, y, z) => (x >= 8 || y >= 8 || z >= 8 ? 0n : x < 4 ? 7n : 5n),
  },
  big_labels_16: {
    edge: 16,
    label: (x, y) => (x < 8 ? 2n ** 53n + 1n : y % 2 ? 2n ** 64n - 2n : 2n ** 63n),
  },
  half_x_64: { edge: 64, label: (x) => (x < 32 ? 2n : 1n) },
  all_unique_64: { edge: 64, label: (x, y, z) => BigInt((z * 64 + y) * 64 + x) },
  all_unique_x91748_64: {
    edge: 64,
    label: (x, y, z) => 91748n * BigInt((z * 64 + y) * 64 + x),
  },
  tiles_prime_64: {
    edge: 64,
    label: (x, y, z) => {
      const tile = (at: number, size: number): number => Math.floor((at + 64) / size);
      return BigInt(((tile(x, 71) * 7 + tile(y, 73) * 13 + tile(z, 67) * 19) % 8) + 1);
    },
  },
};

export function volume(shape: Triple, label: Label): BigUint64Array {
  const voxels = new BigUint64Array(shape[0] * shape[1] * shape[2]);
  let at = 0;
  for (let z = 0; z < shape[2]; z++) {
    for (let y = 0; y < shape[1]; y++) {
      for (let x = 0; x < shape[0]; x++) voxels[at++] = label(x, y, z);
    }
  }
  return voxels;
}
