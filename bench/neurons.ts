import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import {
  type Neuron,
  openNeurons,
  readSwc,
  type Skeleton,
  writeNeurons,
  writeSwc,
} from "@pocaduck/neuron-parquet";
import { cache } from "../scripts/cache.mjs";
import { preparePython } from "../scripts/python.mjs";
import { medianSeconds } from "./median-seconds.ts";
import { flywire } from "./neurons-flywire.ts";

/** `npm run bench neurons`: 1,000 neurons against navis in the same run, a file of the FlyWire shape, and the memory of 10^5 neurons. */
const streamed = Number(process.argv[2] ?? 100_000);
const shared = process.env.POCADUCK_SHARED ?? join(import.meta.dirname, "../../shared");
const work = join(cache, "bench-neurons");
mkdirSync(work, { recursive: true });
const folder = mkdtempSync(join(work, "run-"));
const at = (name: string): string => join(folder, name);
const python = await preparePython("navis");
if (python === undefined)
  throw new Error("This bench runs navis beside ours: python3 with its venv module is needed");

const bases = await baseNeurons();
const neurons = bases.flatMap((_, base) =>
  Array.from({ length: 200 }, (__, copy) => scaled(base, copy)),
);
const ours = at("ours.parquet");
const mine: Record<string, number> = {};
mine.write = await medianSeconds(5, () => writeNeurons(ours, neurons));
mine.size = statSync(ours).size;
mine.read = await medianSeconds(5, () => readAll(ours));
mine.cold = await medianSeconds(9, async () => {
  await using file = await openNeurons(ours);
  await file.neuron(1_000_500n);
});
await using warm = await openNeurons(ours);
let turn = 0;
mine.one = await medianSeconds(99, () => warm.neuron(1_000_000n + BigInt((turn++ * 37) % 1000)));
mine.scan = await medianSeconds(31, async () => {
  await using file = await openNeurons(ours);
  await file.allMetadata();
});
mine.writeSwc = await medianSeconds(1, () => writeSwc(at("ours-swc"), neurons));
mine.writeZip = await medianSeconds(1, () => writeSwc(at("ours.zip"), neurons));
mine.swcSize = folderSize(at("ours-swc"));
mine.zipSize = statSync(at("ours.zip")).size;
mine.readSwc = await medianSeconds(3, () => drain(readSwc(at("ours-swc"))));
mine.readZip = await medianSeconds(3, () => drain(readSwc(at("ours.zip"))));
process.stderr.write("ours is done; navis takes a minute or two\n");
const theirs = ask("neurons-navis.py", ours, folder) as Record<string, number>;
mine.readTheirs = await medianSeconds(3, () => readAll(at("navis.parquet")));

const flyPath = join(work, "flywire.parquet");
const fly = await flywire(flyPath, ask);
process.stderr.write("what is left takes a minute or two\n");
const lean = child<Rewritten>("neurons-rewrite.ts", flyPath, at("lean.parquet"));
const large = largeNeuron();
const stream = {
  write: child<Streamed>("neurons-stream.ts", "write", at("stream.parquet"), String(streamed)),
  read: child<Streamed>("neurons-stream.ts", "read", at("stream.parquet")),
};
const footers = (["keys", "table"] as const).map((layout): Footer => {
  const path = at(`footer-${layout}.parquet`);
  child("neurons-footer.ts", "write", path, layout);
  return { layout, ...child<Opened>("neurons-footer.ts", "open", path) };
});
report();
rmSync(folder, { recursive: true });

interface Streamed {
  seconds: number;
  peak: number;
}

interface Rewritten extends Streamed {
  rows: number;
  before: number;
  after: number;
}

interface Opened extends Streamed {
  requests: number;
  fetched: number;
}

interface Footer extends Opened {
  layout: "keys" | "table";
}

async function baseNeurons(): Promise<Skeleton[]> {
  const golden = join(shared, "data/neurons/navis-1.12/skeletons.parquet");
  if (!existsSync(golden))
    throw new Error(`The five base neurons are in ${golden}, which is absent`);
  await using file = await openNeurons(golden);
  const list: Skeleton[] = [];
  for await (const neuron of file.neurons()) if (neuron.kind === "skeleton") list.push(neuron);
  return list;
}

/** Each copy has its own scale, rounded to the voxel: identical copies would flatter dictionaries and zstd. */
function scaled(base: number, copy: number): Skeleton {
  const neuron = bases[base] as Skeleton;
  const index = copy * 5 + base;
  const factor = 0.8 + 0.0004 * index;
  const scale = (values: ArrayLike<number>): Float32Array =>
    Float32Array.from(values, (value) => Math.round(value * factor));
  return {
    ...neuron,
    id: 1_000_000n + BigInt(index),
    x: scale(neuron.x),
    y: scale(neuron.y),
    z: scale(neuron.z),
  };
}

async function drain(source: AsyncIterable<Neuron>): Promise<number> {
  let nodes = 0;
  for await (const neuron of source) nodes += neuron.x.length;
  return nodes;
}

async function readAll(path: string): Promise<number> {
  await using file = await openNeurons(path, { connectors: false });
  return await drain(file.neurons());
}

function folderSize(path: string): number {
  return readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
}

function ask(script: string, ...words: string[]): unknown {
  const text = execFileSync(python as string, [join(import.meta.dirname, script), ...words], {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    // navis draws progress bars on standard error.
    stdio: ["ignore", "pipe", "ignore"],
  });
  return JSON.parse(text.slice(text.lastIndexOf("\n", text.length - 2) + 1) || "null");
}

/** Runs a script of its own, so that its peak memory is that of one task. */
function child<T>(script: string, ...words: string[]): T {
  const path = join(import.meta.dirname, script);
  return JSON.parse(execFileSync(process.execPath, [path, ...words], { encoding: "utf8" })) as T;
}

/** Ten million nodes from SWC to Parquet to SWC, in a heap that would not hold them as objects: the child of the package's test. */
function largeNeuron(): Streamed & { rows: number } {
  const path = join(import.meta.dirname, "../packages/neuron-parquet/test/ten-million-child.ts");
  const started = performance.now();
  const words = ["--max-old-space-size=96", path, folder];
  const told = execFileSync(process.execPath, words, { encoding: "utf8" });
  const seconds = (performance.now() - started) / 1000;
  return { ...(JSON.parse(told) as { rows: number; peak: number }), seconds };
}

function report(): void {
  const s = (value = 0): string =>
    value >= 10
      ? `${value.toFixed(1)} s`
      : value >= 1
        ? `${value.toFixed(2)} s`
        : `${(value * 1000).toFixed(value < 0.01 ? 2 : 0)} ms`;
  const mb = (value = 0): string => `${(value / 1e6).toFixed(1)} MB`;
  const row = (
    figure: string,
    a: number | undefined,
    b: number | undefined,
    reach: number,
  ): string => {
    const ratio = (a ?? 0) / (b ?? 1);
    return `| ${figure} | ${s(b)} | ${s(a)} | ${ratio.toFixed(3)} | ≤ ${reach} | ${ratio <= reach ? "yes" : "**no**"} |`;
  };
  const told = (figure: string, value: string, reach: string, isReached: boolean): string =>
    `| ${figure} | ${value} | ${reach} | ${isReached ? "yes" : "**no**"} |`;
  const peak = Math.max(stream.write.peak, stream.read.peak);
  const text = [
    "# Neurons: last result of `npm run bench neurons`",
    "",
    `${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)} at the end, Node ${process.versions.node}, navis 1.12.0, warm cache, medians.`,
    `1,000 skeletons, ${neurons.reduce((sum, { x }) => sum + x.length, 0).toLocaleString("en")} nodes: five neurons of the hemibrain, each copy with its own scale, rounded to the voxel.`,
    "",
    "| figure | navis 1.12 | ours | ratio | reach | reached |",
    "| --- | --- | --- | --- | --- | --- |",
    row("write Parquet", mine.write, theirs.write, 0.6),
    row("read all, each its own file", mine.read, theirs.read, 0.3),
    row("read all of the file navis wrote", mine.readTheirs, theirs.read, 0.3),
    row("one neuron, file open", mine.one, theirs.one, 0.15),
    row("one neuron, from cold", mine.cold, theirs.one, 0.4),
    row("ids and metadata of all", mine.scan, theirs.scan, 1),
    row("read 1,000 SWC files, one process", mine.readSwc, theirs.readSwc, 0.4),
    row("read them from a zip", mine.readZip, theirs.readZip, 0.4),
    row("write 1,000 SWC files", mine.writeSwc, theirs.writeSwc, 0.2),
    row("write them into a zip", mine.writeZip, theirs.writeZip, 0.2),
    "",
    "| figure | ours | reach | reached |",
    "| --- | --- | --- | --- |",
    told(
      `file size (navis: ${mb(theirs.size)})`,
      mb(mine.size),
      "≤ 32 MB",
      (mine.size ?? 0) <= 32e6,
    ),
    told(
      `one neuron of ${fly.rows.toLocaleString("en")} rows in one row group, local, run table cached (navis: ${s(fly.navis)})`,
      s(fly.local),
      "≤ 50 ms",
      fly.local <= 0.05,
    ),
    told("the first neuron, pages still to be found", s(fly.first), "", true),
    told(
      `the same by range requests of 30 ms (${mb(fly.fetched)})`,
      s(fly.http),
      "≤ 50 ms",
      fly.http <= 0.05,
    ),
    told(
      `its requests (the very first neuron, which also fetches dictionaries: ${fly.firstRequests})`,
      fly.requests.toFixed(1),
      "≤ 5",
      fly.requests <= 5,
    ),
    told(
      `the very first neuron by them, without the index: ${fly.search.requests} requests, ${mb(fly.search.fetched)}`,
      s(fly.search.seconds),
      "",
      true,
    ),
    told(
      `one neuron of ${large.rows.toLocaleString("en")} nodes from SWC to Parquet to SWC, in a heap of 96 MB (${s(large.seconds)}): peak memory`,
      mb(large.peak),
      "≤ 1,200 MB",
      large.peak <= 1.2e9,
    ),
    told(
      `peak memory, ${streamed.toLocaleString("en")} neurons of 470 nodes written (${s(stream.write.seconds)}) / read (${s(stream.read.seconds)})`,
      `${mb(stream.write.peak)} / ${mb(stream.read.peak)}`,
      "≤ 300 MB",
      peak <= 300e6,
    ),
    told(
      `peak memory of rewriting ${lean.rows.toLocaleString("en")} rows in one row group (${s(lean.seconds)}; ${mb(lean.before)} become ${mb(lean.after)})`,
      mb(lean.peak),
      "≤ 300 MB",
      lean.peak <= 300e6,
    ),
    ...footers.map(({ layout, requests, fetched, seconds, peak: most }) =>
      told(
        `opening 140,000 neurons in 8,236 row groups, metadata as ${layout} (${requests} requests, ${s(seconds)}, peak memory ${mb(most)})`,
        mb(fetched),
        layout === "table" ? "≤ 10 MB" : "",
        layout !== "table" || fetched <= 10e6,
      ),
    ),
    "",
    "The table of the proposal of 2023, which was measured on a laptop of 2018 with data and script unknown, beside this run:",
    "",
    "| | write: 2023 | navis now | ours | size: 2023 | navis now | ours | read: 2023 | navis now | ours |",
    "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    `| SWC files | 157 s | ${s(theirs.writeSwc)} | ${s(mine.writeSwc)} | 200.7 MB | ${mb(theirs.swcSize)} | ${mb(mine.swcSize)} | 42 s | ${s(theirs.readSwc)} | ${s(mine.readSwc)} |`,
    `| SWC in a zip | 175 s | ${s(theirs.writeZip)} | ${s(mine.writeZip)} | 55.6 MB | ${mb(theirs.zipSize)} | ${mb(mine.zipSize)} | 61 s | ${s(theirs.readZip)} | ${s(mine.readZip)} |`,
    `| Parquet | 25 s | ${s(theirs.write)} | ${s(mine.write)} | 35.6 MB | ${mb(theirs.size)} | ${mb(mine.size)} | 35 s | ${s(theirs.read)} | ${s(mine.read)} |`,
    "",
  ].join("\n");
  writeFileSync(join(import.meta.dirname, "neurons.md"), text);
  process.stdout.write(text);
}
