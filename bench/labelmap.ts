import { constants, gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { decodeBlock, encodeBlock, LabelMapping, splitBlock } from "@pocaduck/labelmap";
import { cells, shape } from "./label-blocks.ts";
import { markdown, median, short } from "./report.ts";

/** `npm run bench labelmap`: what the codecs of label blocks do on one core, in processor time of this process. */
const voxels = 64 ** 3;
const rows: (string | number)[][] = [];

for (const [name, count] of [
  ["scale 0", 10],
  ["120 labels", 120],
  ["1,800 labels", 1800],
] as const) {
  const volumes = [1, 2, 3, 4].map((seed) => cells(count, seed));
  const blocks = volumes.map((volume) => encodeBlock(volume, { shape }));
  const into = new BigUint64Array(voxels);
  const kib = blocks.reduce((sum, block) => sum + block.length, 0) / blocks.length / 1024;
  const reach = name === "scale 0";
  const decode = rate(blocks, (block) => decodeBlock(block, { shape, into }));
  row(`${name} (${short(kib)} KiB): decode, M voxels/s`, (decode * voxels) / 1e6, reach && "≥ 300");
  const encode = rate(volumes, (volume) => encodeBlock(volume, { shape }));
  row(`— encode, M voxels/s`, (encode * voxels) / 1e6, reach && "≥ 100");
  if (reach) rewrite(blocks);
}
console.log(markdown(["figure", "measured", "reach"], rows));

/** What an export does with each block: gunzip, split, map, zstd. */
function rewrite(blocks: Uint8Array[]): void {
  const packed = blocks.map((block) => gzipSync(block));
  const mapping = new LabelMapping();
  for (const block of blocks) {
    for (const label of splitBlock(block).labels) mapping.set(label, label >> 1n);
  }
  const params = { [constants.ZSTD_c_compressionLevel]: 1 };
  const zstd = (rest: Uint8Array): Uint8Array => zstdCompressSync(rest, { params });
  const rests = blocks.map((block) => splitBlock(block).rest);
  const whole = rate(packed, (bytes) => {
    const { labels, rest } = splitBlock(gunzipSync(bytes), { shape });
    mapping.map(labels);
    return zstd(rest);
  });
  const parts = 1 / rate(packed, (bytes) => gunzipSync(bytes)) + 1 / rate(rests, zstd);
  row("— rewrite (gunzip, split, map, zstd), blocks/s", whole, "≥ 3,000");
  row("— of it gunzip and zstd themselves, %", 100 * parts * whole, "≥ 80");
}

/** Calls per second of processor time: the median of 5 rounds, after one that warms up. */
function rate<T>(inputs: readonly T[], work: (input: T) => unknown): number {
  const rounds: number[] = [];
  for (let round = 0; round < 6; round++) {
    const before = process.cpuUsage();
    let calls = 0;
    for (const end = performance.now() + 400; performance.now() < end; calls += inputs.length) {
      for (const input of inputs) work(input);
    }
    const { user, system } = process.cpuUsage(before);
    if (round > 0) rounds.push(calls / ((user + system) / 1e6));
  }
  return median(rounds);
}

function row(figure: string, measured: number, reach: string | false): void {
  rows.push([figure, short(measured), reach || "printed"]);
}
