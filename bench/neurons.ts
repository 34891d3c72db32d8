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
import { open } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
mine.write = await median(5, () => writeNeurons(ours, neurons));
mine.size = statSync(ours).size;
mine.read = await median(5, () => readAll(ours));
mine.cold = await median(9, async () => {
  await using file = await openNeurons(ours);
  await file.neuron(1_000_500n);
});
await using warm = await openNeurons(ours);
let turn = 0;
mine.one = await median(99, () => warm.neuron(1_000_000n + BigInt((turn++ * 37) % 1000)));
mine.scan = await median(31, async () => {
  await using file = await openNeurons(ours);
  await file.allMetadata();
});
mine.writeSwc = await median(1, () => writeSwc(at("ours-swc"), neurons));
mine.writeZip = await median(1, () => writeSwc(at("ours.zip"), neurons));
mine.swcSize = folderSize(at("ours-swc"));
mine.zipSize = statSync(at("ours.zip")).size;
mine.readSwc = await median(3, () => drain(readSwc(at("ours-swc"))));
mine.readZip = await median(3, () => drain(readSwc(at("ours.zip"))));
process.stderr.write("ours is done; navis takes a minute or two\n");
const theirs = ask("neurons-navis.py", ours, folder) as Record<string, number>;
mine.readTheirs = await median(3, () => readAll(at("navis.parquet")));

const fly = await flywire();
const stream = {
  write: child("write", at("stream.parquet")),
  read: child("read", at("stream.parquet")),
};
report();
rmSync(folder, { recursive: true });

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

async function median(rounds: number, run: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    await run();
    took.push((performance.now() - started) / 1000);
  }
  took.sort((a, b) => a - b);
  return took[rounds >> 1] as number;
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

function child(way: string, path: string): { seconds: number; nodes: number; peak: number } {
  const script = join(import.meta.dirname, "neurons-stream.ts");
  return JSON.parse(
    execFileSync(process.execPath, [script, way, path, String(streamed)], { encoding: "utf8" }),
  );
}

interface Fly {
  rows: number;
  local: number;
  first: number;
  http: number;
  requests: number;
  firstRequests: number;
  fetched: number;
  navis: number;
}

async function flywire(): Promise<Fly> {
  const path = join(work, "flywire.parquet");
  if (!existsSync(path)) {
    process.stderr.write("making the file of the FlyWire shape, 1 GB, once\n");
    execFileSync(python as string, [join(import.meta.dirname, "neurons-flywire.py"), path]);
  }
  await using file = await openNeurons(path);
  const ids = await file.ids();
  const pick = (step: number) => ids[(step * 1777 + 4000) % ids.length] as bigint;
  const first = await median(1, () => file.neuron(pick(0)));
  const index = await file.sideIndex({ nodeIds: true });
  let step = 1;
  const local = await median(21, () => file.neuron(pick(step++)));
  const server = await slowServer(path);
  try {
    await using remote = await openNeurons(server.url, { index });
    server.reset();
    await remote.neuron(pick(400));
    const firstRequests = server.counts().requests;
    server.reset();
    const took: number[] = [];
    const rounds = 11;
    for (let round = 0; round < rounds; round++) {
      took.push(await median(1, () => remote.neuron(pick(500 + round))));
    }
    took.sort((a, b) => a - b);
    const requests = server.counts().requests / rounds;
    const fetched = server.counts().fetched / rounds;
    const navis = ask("neurons-one.py", path, String(pick(3))) as number;
    return {
      rows: file.rows,
      first,
      local,
      http: took[rounds >> 1] as number,
      requests,
      firstRequests,
      fetched,
      navis,
    };
  } finally {
    await server.close();
  }
}

/** Serves ranges of a file, each after 30 ms. */
async function slowServer(path: string) {
  const handle = await open(path);
  const { size } = await handle.stat();
  let requests = 0;
  let fetched = 0;
  const server = createServer(async (request, response) => {
    requests++;
    const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(request.headers.range ?? "") ?? [];
    const start = from === "" ? size - Number(to) : Number(from);
    const end = from === "" || to === "" ? size : Number(to) + 1;
    const body = Buffer.alloc(end - start);
    await handle.read(body, 0, body.length, start);
    fetched += body.length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    response.writeHead(206, {
      "content-range": `bytes ${start}-${end - 1}/${size}`,
      "content-length": body.length,
    });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/flywire.parquet`,
    counts: () => ({ requests, fetched }),
    reset() {
      requests = 0;
      fetched = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await handle.close();
    },
  };
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
      `peak memory, ${streamed.toLocaleString("en")} neurons of 470 nodes written (${s(stream.write.seconds)}) / read (${s(stream.read.seconds)})`,
      `${mb(stream.write.peak)} / ${mb(stream.read.peak)}`,
      "≤ 300 MB",
      peak <= 300e6,
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
