import { createDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";

/** A dataset of so many blocks of one point each: `many-blocks-child.ts <blocks> <dataset>`. Prints its blocks. */
const [blocks = Number.NaN, path = ""] = [Number(process.argv[2]), process.argv[3]];
const [edge, side, commitBlocks] = [Math.ceil(Math.cbrt(blocks)), 64, 256];
const axes = [{ name: "z" }, { name: "y" }, { name: "x" }];
const grid = { shape: axes.map(() => edge * side), blockShape: axes.map(() => side) };
const dataset = await createDataset(new LocalStore(path), { axes, grid });
await using ingestor = dataset.ingestor({ commitBlocks });
for (let block = 0; block < blocks; block++) {
  const corner = [Math.floor(block / edge / edge), Math.floor(block / edge) % edge, block % edge];
  const positions = corner.map((at) => at * side);
  await ingestor.write(corner.join("_"), BigInt((block % 1000) + 1), { positions });
}
await ingestor.commit();
process.stdout.write(`${blocks}\n`);
