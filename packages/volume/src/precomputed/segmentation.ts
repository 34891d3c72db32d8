import { allocate, wordsOf } from "../chunk.ts";
import type { LabelArray, LabelType, Triple } from "../volume.ts";

const bitWidths = [0, 1, 2, 4, 8, 16, 32];

/**
 * Decodes neuroglancer's `compressed_segmentation`, one channel. Each block of voxels has a header of two words:
 * where its table of labels is and how many bits a voxel takes, and where its voxels are: indices into the table.
 * Throws when any of this points outside `bytes`.
 */
export function decodeSegmentation(
  bytes: Uint8Array,
  type: LabelType,
  shape: Triple,
  block: Triple,
): LabelArray {
  if (type !== "uint32" && type !== "uint64") {
    throw new Error(`compressed_segmentation holds uint32 or uint64, not ${type}`);
  }
  if (bytes.length < 4 || bytes.length % 4 !== 0) throw new Error(`is ${bytes.length} bytes`);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const file = new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
  const start = file[0] as number;
  // Offsets count words from the channel's start.
  const words = file.subarray(start);
  const labelWords = type === "uint64" ? 2 : 1;
  const [bx, by, bz] = block;
  const counts = shape.map((size, axis) => Math.ceil(size / (block[axis] ?? size)));
  const [gx = 0, gy = 0, gz = 0] = counts;
  if (words.length < gx * gy * gz * 2) throw new Error("is too short for its block headers");
  const labels = allocate(type, shape[0] * shape[1] * shape[2]);
  const out = wordsOf(labels);

  let header = 0;
  for (let z0 = 0; z0 < gz * bz; z0 += bz) {
    for (let y0 = 0; y0 < gy * by; y0 += by) {
      for (let x0 = 0; x0 < gx * bx; x0 += bx, header += 2) {
        const table = (words[header] as number) & 0xff_ffff;
        const bits = (words[header] as number) >>> 24;
        const values = words[header + 1] as number;
        if (!bitWidths.includes(bits)) throw new Error(`has ${bits} bits for a voxel`);
        if (values + Math.ceil((bx * by * bz * bits) / 32) > words.length) {
          throw new Error(`has voxels at word ${values} of ${words.length}`);
        }
        const mask = bits === 32 ? 0xffff_ffff : (1 << bits) - 1;
        const [x1, y1, z1] = [
          Math.min(x0 + bx, shape[0]),
          Math.min(y0 + by, shape[1]),
          Math.min(z0 + bz, shape[2]),
        ];
        for (let z = z0; z < z1; z++) {
          for (let y = y0; y < y1; y++) {
            let bit = ((z - z0) * by + (y - y0)) * bx * bits;
            let to = ((z * shape[1] + y) * shape[0] + x0) * labelWords;
            for (let x = x0; x < x1; x++, bit += bits) {
              // A width divides 32, so that no value lies across two words.
              const word = bits === 0 ? 0 : (words[values + (bit >>> 5)] as number);
              const index = ((word >>> (bit & 31)) & mask) >>> 0;
              const from = table + index * labelWords;
              if (from + labelWords > words.length) {
                throw new Error(`has a label at word ${from} of ${words.length}`);
              }
              out[to++] = words[from] as number;
              if (labelWords === 2) out[to++] = words[from + 1] as number;
            }
          }
        }
      }
    }
  }
  return labels;
}
