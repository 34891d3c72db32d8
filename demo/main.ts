import { spawnSync } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { openQuery } from "@pocaduck/query";
import { CountingStore } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { makeVolume } from "./make-volume.ts";
import { drawProjections } from "./projections.ts";
import { verifyLabel } from "./verify.ts";

/** The main job from beginning to end, on made-up neuropil: `npm run demo`. */
const output = join(import.meta.dirname, "output");
const volume = join(output, "neuropil.zarr");
const dataset = join(output, "neuropil");
const picture = join(output, "largest.png");
const command = join(import.meta.dirname, "../packages/pocaduck/src/main.ts");
const here = (path: string): string => relative(process.cwd(), path);

await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });

say(`1. A volume of 256³ voxels with branching processes, as OME-Zarr: ${here(volume)}`);
await makeVolume(volume);

say("2. Two worker processes scan it for surface points; then one index is published:");
run("ingest", volume, dataset, "--points", "surface", "--workers", "2");

say("3. The largest labels:");
run("labels", dataset, "--largest", "5");

say("4. One lookup, index not yet read:");
const store = new CountingStore(new LocalStore(dataset));
const query = await openQuery(store);
const label = await largest();
const before = read();
const started = performance.now();
const cloud = await query.points(label);
const milliseconds = performance.now() - started;
const after = read();
const [requests, bytes] = [after.calls - before.calls, after.bytes - before.bytes];
say(
  `label ${label}: ${count(cloud.length)} points of ${cloud.blocks.length} blocks, ` +
    `${requests} requests, ${count(bytes)} bytes, ${milliseconds.toFixed(1)} ms`,
);

await drawProjections(cloud.positions as Int32Array, picture, { shape: [256, 256, 256] });
say(`5. It from three sides: ${here(picture)}`);

const verdict = await verifyLabel(volume, label, cloud.positions as Int32Array, "surface");
const right = verdict.missing === 0 && verdict.surplus === 0;
say(
  `6. Against the volume itself: ${count(verdict.expected)} points expected, ` +
    `${verdict.missing} missing, ${verdict.surplus} too many: ${right ? "equal" : "NOT EQUAL"}`,
);
if (!right) process.exitCode = 1;

async function largest(): Promise<bigint> {
  let most = { label: 0n, points: 0 };
  for await (const each of query.labels()) if (each.points > most.points) most = each;
  return most.label;
}

function read(): { calls: number; bytes: number } {
  const { get, getRange } = store.counts;
  return { calls: get.calls + getRange.calls, bytes: get.bytes + getRange.bytes };
}

function run(...words: string[]): void {
  say(`$ pocaduck ${words.map((word) => (word.startsWith(output) ? here(word) : word)).join(" ")}`);
  const { status } = spawnSync(process.execPath, [command, ...words], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function count(value: number): string {
  return value.toLocaleString("en");
}
