import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";
import { encodeBlock } from "@pocaduck/labelmap";
import { writeFrames } from "@pocaduck/labelmap/dvid";
import { LocalStore } from "@pocaduck/storage-local";
import { openVolume } from "@pocaduck/volume";
import { createLabelmap, post } from "../packages/labelmap/test/dvid/fixture.ts";
import { startDvid } from "../scripts/servers/dvid.mjs";
import type { Job, Used } from "./export-child.ts";
import { encodedCells } from "./label-blocks.ts";
import { exponent, markdown, short } from "./report.ts";
import { hasSegmentation, segmentation } from "./segmentation.ts";

/**
 * `npm run bench export [--full] [edges...]`: exports of cubes of generated blocks, so many blocks along an edge, and of a
 * real DVID. Without edges it goes from 10^3 to 10^5 blocks, with `--full` to 10^6, and keeps the result.
 */
const words = process.argv.slice(2).filter((word) => word !== "--full");
const asked = words.map(Number);
const full = process.argv.includes("--full");
const edges = asked.length > 0 ? asked : full ? [10, 22, 46, 100] : [10, 22, 46];
const load = loadavg()[0] ?? 0;
const shardBits = 12;
const anchor = 12_962;
const rows: string[][] = [];
const growth: [number, number][] = [];
const folder = mkdtempSync(join(tmpdir(), "pocaduck-bench-export-"));

class Child {
  readonly process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(script: string, argument: string) {
    const path = join(import.meta.dirname, script);
    this.process = spawn(process.execPath, [path, argument], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const input = this.process.stdout;
    if (!input) throw new Error("no output");
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("a process of the bench ended without its result");
    return JSON.parse(value) as T;
  }
}

const start = (job: Job): Child => new Child("export-child.ts", JSON.stringify(job));

interface Exported {
  service: Used;
  workers: Used[];
}

async function exported(
  source: { url: string; uuid: string },
  count: number,
  how: { sink?: string; slowMs?: number },
): Promise<Exported> {
  const service = start({ kind: "serve", ...source, workers: count, shardBits });
  const uri = await service.next<string>();
  const workers = Array.from({ length: count }, (_, index) =>
    start({ kind: "worker", service: uri, name: `worker ${index}`, ...how }),
  );
  const used = await service.next<Used>();
  return { service: used, workers: await Promise.all(workers.map((one) => one.next<Used>())) };
}

function add(figure: string, measured: string, reach = "printed"): void {
  rows.push([figure, measured, reach]);
  process.stderr.write(`${figure}: ${measured}\n`);
}

const rate = ({ blocks, seconds }: Used): number => blocks / seconds;
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

async function measure(edge: number): Promise<void> {
  const count = edge ** 3;
  const source = new Child("export-source-child.ts", String(edge));
  const at = await source.next<{ url: string; uuid: string }>();
  const largest = edge === Math.max(...edges);
  const named = `${count.toLocaleString("en")} blocks`;
  if (largest) {
    const read = await start({ kind: "read", ...at, edge }).next<Used>();
    add(`${named}: read from the source and dropped, blocks/s`, short(rate(read)));
    const dropped = await exported(at, 2, {});
    add("— read, rewritten, sent to 2 workers and dropped", short(rate(dropped.service)));
  }
  const { service, workers } = await exported(at, 2, { sink: join(folder, String(edge)) });
  rmSync(join(folder, String(edge)), { recursive: true });
  const reach = largest ? "≥ 4,000" : "printed";
  add(
    `${largest ? "— " : `${named}: `}end to end, 2 workers, Parquet, blocks/s`,
    short(rate(service)),
    reach,
  );
  growth.push([count, service.seconds]);
  const peak = Math.max(...workers.map(({ memory }) => memory));
  add(
    "— memory of the service, of a worker, MB",
    `${short(service.memory)}, ${short(peak)}`,
    "≤ 500",
  );
  source.process.kill("SIGTERM");
  if (!largest) return;
  const each = (cpu: number): number => (1e6 * cpu) / count;
  const [serving, writing] = [each(service.cpu), each(sum(workers.map(({ cpu }) => cpu)))];
  add("— processor time a block: service, workers, µs", `${short(serving)}, ${short(writing)}`);
  add("— MB/s of rows sent", short(service.bytes / service.seconds / 1e6));
  add(
    `— for the ${anchor.toLocaleString("en")} blocks/s of DVID's own export: cores of workers, of services`,
    `${short((anchor * writing) / 1e6)}, ${short((anchor * serving) / 1e6)}`,
  );
}

async function slow(): Promise<void> {
  const edge = 16;
  const source = new Child("export-source-child.ts", String(edge));
  const at = await source.next<{ url: string; uuid: string }>();
  const { service } = await exported(at, 2, { slowMs: 100 });
  add(
    "workers that take 100 ms a batch: memory of the service, MB",
    short(service.memory),
    "≤ 500",
  );
  source.process.kill("SIGTERM");
}

/** Blocks of a real segmentation of cortex, packed as DVID packs them; none where `../shared` is absent. */
async function realBlocks(): Promise<Uint8Array[]> {
  if (!hasSegmentation) return [];
  const volume = await openVolume(new LocalStore(segmentation));
  const blocks: Uint8Array[] = [];
  for (const block of volume.grid([64, 64, 64])) {
    if (block.shape.some((voxels) => voxels < 64)) continue;
    const { data } = await volume.readBlock(block);
    const voxels = BigUint64Array.from(data, BigInt);
    blocks.push(gzipSync(encodeBlock(voxels, { shape: [64, 64, 64] })));
    if (blocks.length === 64) break;
  }
  return blocks;
}

/** Puts the blocks into a real DVID again and again, and exports them from there. */
async function real(what: string, pool: readonly Uint8Array[]): Promise<void> {
  if (pool.length === 0) return;
  const dvid = await startDvid();
  const edge = 24;
  const uuid = await createLabelmap(dvid.url);
  const seg = `${dvid.url}/api/node/${uuid}/seg`;
  for (let z = 0; z < edge; z++) {
    const frames = Array.from({ length: edge * edge }, (_, at) => {
      const [x, y] = [at % edge, Math.floor(at / edge)];
      const payload = pool[(x + 7 * y + 13 * z) % pool.length] as Uint8Array;
      return { block: [x, y, z] as const, payload };
    });
    await post(`${seg}/blocks?compression=blocks&scale=0`, writeFrames(frames));
  }
  await post(`${dvid.url}/api/node/${uuid}/commit`, '{"note":"x","log":[]}');
  const at = { url: dvid.url, uuid };
  const read = await start({ kind: "read", ...at, edge }).next<Used>();
  const { service } = await exported(at, 2, { sink: join(folder, what) });
  const count = (edge ** 3).toLocaleString("en");
  add(`a real DVID, ${count} ${what} blocks: its own read rate, blocks/s`, short(rate(read)));
  add("— end to end, 2 workers, indices too, blocks/s", short(rate(service)));
  await dvid.stop();
}

try {
  for (const edge of edges) await measure(edge);
  if (edges.length > 1)
    add("growth of time from first to last: exponent", exponent(growth).toFixed(2), "≤ 1.05");
  if (edges.length > 2) {
    const last = exponent(growth.slice(-2)).toFixed(2);
    add("— of the last tenfold, where starting counts for nothing", last, "≤ 1.05");
  }
  await slow();
  await real(
    "generated",
    Array.from({ length: 48 }, (_, seed) => gzipSync(encodedCells(10, seed + 1))),
  );
  await real("real", await realBlocks());
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const [cpu] = cpus();
const lines = [
  `# Exporting a labelmap: last result of \`npm run bench -- export${full ? " --full" : ""}\``,
  "",
  `${cpu?.model.trim()}, ${cpus().length} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}, load ${short(load)} before. Source, service and workers are processes of their own and share the cores;`,
  `time runs from the first word of the export to its manifest. Blocks of 64³ as at scale 0 of the male CNS, 2^${shardBits} to a task.`,
  "",
  markdown(["figure", "measured", "reach"], rows),
  "",
];
console.log(lines.slice(5).join("\n"));
if (asked.length === 0) writeFileSync(join(import.meta.dirname, "export.md"), lines.join("\n"));
