import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { openNeurons, readSwc, writeNeurons, writeSwc } from "../src/index.ts";

/**
 * A child of its own, for the heap it is given: a SWC text of so many lines is made in a folder, read into Parquet, and written from
 * there as SWC. Tells the nodes, the end of the text and the peak of memory.
 */
const [folder = "", count = "10000000"] = process.argv.slice(2);
const lines = Number(count);
const made = `${folder}/made.swc`;
const fd = openSync(made, "w");
for (let from = 0; from < lines; from += 10_000) {
  const part: string[] = [];
  for (let at = from; at < Math.min(lines, from + 10_000); at++)
    part.push(`${at + 1} 0 ${at % 5000}.5 2.5 ${at % 77} 1 ${at === 0 ? -1 : at}\n`);
  writeSync(fd, part.join(""));
}
closeSync(fd);
const { rows } = await writeNeurons(`${folder}/made.parquet`, readSwc(made));
await using file = await openNeurons(`${folder}/made.parquet`);
await writeSwc(`${folder}/out.swc`, file.neurons());
const out = openSync(`${folder}/out.swc`, "r");
const tail = Buffer.alloc(200);
readSync(out, tail, 0, tail.length, fstatSync(out).size - tail.length);
closeSync(out);
const end = tail.toString("latin1").trimEnd().split("\n").at(-1);
const peak = process.resourceUsage().maxRSS * 1024;
process.stdout.write(JSON.stringify({ rows, end, peak }));
