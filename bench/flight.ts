import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { connectFlight } from "@pocaduck/flight";
import { selfSigned } from "../packages/vastdb/test/certificates.ts";
import { preparePython } from "../scripts/python.mjs";
import { blockSchema, messages, shape } from "./flight-blocks.ts";
import { measureVast } from "./vast-requests.ts";

/** `npm run bench flight [messages] [rounds]`: messages of 2 MB in one run, 256 and 7 by default. */
const count = Number(process.argv[2] ?? 256);
const rounds = Number(process.argv[3] ?? 7);
const here = import.meta.dirname;
const bytes = (text: string) => new TextEncoder().encode(text);

class Peer implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(file: string, args: readonly string[]) {
    this.#process = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
    const input = this.#process.stdout;
    if (!input) throw new Error("no output");
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("a peer has ended");
    return JSON.parse(value) as T;
  }

  ask<T>(question: unknown): Promise<T> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
    return this.next<T>();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.stdin?.end();
    setTimeout(() => this.#process.kill("SIGKILL"), 5000).unref();
    await ended;
  }
}

type Read = { seconds: number; rows: number; bytes: number };

const interpreter = await preparePython("pyarrow");
if (!interpreter) throw new Error("the bench needs Python");
const { key, cert } = await selfSigned();
const python = (options: object) =>
  new Peer(interpreter, [join(here, "flight-peer.py"), JSON.stringify(options)]);
const node = (options: object) =>
  new Peer(process.execPath, [join(here, "flight-child.ts"), JSON.stringify(options)]);

await using ours = node({});
await using secure = node({ tls: { key, cert } });
await using theirs = python({ serve: shape });
await using reader = python({});
const [ourUri, secureUri, theirUri] = [
  await ours.next<string>(),
  await secure.next<string>(),
  await theirs.next<string>(),
];
using ourClient = connectFlight(ourUri);
using theirClient = connectFlight(theirUri);

const pyarrowReads = (uri: string) =>
  reader.ask<Read>([uri, count, uri === secureUri ? { ca: cert } : {}]);

async function weRead(client: typeof ourClient, messageCount = count): Promise<Read> {
  const started = performance.now();
  let [rows, size] = [0, 0];
  for await (const { batch } of client.doGet(bytes(String(messageCount)))) {
    rows += batch?.numRows ?? 0;
    size += batch?.data.byteLength ?? 0;
  }
  return { seconds: (performance.now() - started) / 1000, rows, bytes: size };
}

async function wePut(client: typeof ourClient): Promise<Read> {
  const started = performance.now();
  const { writer, results } = client.doPut({ path: ["bench"] });
  await writer.begin(blockSchema);
  for (const message of messages(count)) await writer.write(message);
  writer.end();
  for await (const _ of results);
  const rows = count * shape.rows;
  return { seconds: (performance.now() - started) / 1000, rows, bytes: rows * shape.size };
}

const paths: Record<string, () => Promise<Read>> = {
  "our server → pyarrow client": () => pyarrowReads(ourUri),
  "pyarrow server → pyarrow client": () => pyarrowReads(theirUri),
  "our server, TLS → pyarrow client": () => pyarrowReads(secureUri),
  "our server → our client": () => weRead(ourClient),
  "pyarrow server → our client": () => weRead(theirClient),
  "our client → our server (DoPut)": () => wePut(ourClient),
  "our client → pyarrow server (DoPut)": () => wePut(theirClient),
};

/** Rounds go through all paths in turn, so that what disturbs the machine disturbs each of them. */
const rates = Object.fromEntries(Object.keys(paths).map((name) => [name, [] as number[]]));
for (let round = -1; round < rounds; round++) {
  for (const [name, run] of Object.entries(paths)) {
    const { seconds, rows } = await run();
    if (rows !== count * shape.rows) throw new Error(`${name}: ${rows} rows`);
    if (round >= 0) rates[name]?.push((rows * shape.size) / seconds / 1e6);
  }
  process.stderr.write(`round ${round + 1} of ${rounds}\n`);
}

const median = (values: readonly number[]) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const [mine = [], yours = []] = Object.values(rates);
const ratio = median(mine.map((rate, round) => rate / (yours[round] ?? Number.NaN)));

async function used(): Promise<{ peak: number; cpu: number }> {
  const action = { type: "usage", body: bytes("") };
  for await (const answer of ourClient.doAction(action)) {
    const { peak, cpu } = JSON.parse(new TextDecoder().decode(answer));
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    return { peak, cpu: cpu + (userCPUTime + systemCPUTime) / 1e6 };
  }
  throw new Error("no answer");
}

/** The least wall and CPU time of both ends, and the peak memory, from 10^3 to 10^5 blocks to our client. */
const growth = [1000, 10_000, 100_000].map((blocks) => {
  return { blocks, seconds: Infinity, cpu: Infinity, peak: 0 };
});
for (let run = 0; run < 3; run++) {
  for (const step of growth) {
    const before = await used();
    const { seconds } = await weRead(ourClient, Math.round(step.blocks / shape.rows));
    const { cpu, peak } = await used();
    step.seconds = Math.min(step.seconds, seconds);
    step.cpu = Math.min(step.cpu, cpu - before.cpu);
    step.peak = peak;
  }
}
const exponent = (key: "seconds" | "cpu") =>
  (Math.log((growth.at(-1)?.[key] ?? 0) / (growth[0]?.[key] ?? 1)) / Math.log(100)).toFixed(2);
const vast = await measureVast();

const row = (...cells: (number | string)[]) => `| ${cells.join(" | ")} |`;
const result = [
  "# Flight and VAST: last result of `npm run bench flight`",
  "",
  `${cpus().length} cores (${cpus()[0]?.model.trim()}), load ${loadavg()[0]?.toFixed(1)} at the end, Node ${process.versions.node}, loopback, one process each.`,
  `Messages of ${shape.rows} blocks of ${shape.size / 1024} KB, ${count} a run, medians of ${rounds} rounds.`,
  "",
  row("path", "MB/s", "blocks/s", "lowest to highest MB/s"),
  row("---", "---", "---", "---"),
  ...Object.entries(rates).map(([name, all]) =>
    row(
      name,
      Math.round(median(all)),
      Math.round((median(all) * 1e6) / shape.size),
      `${Math.round(Math.min(...all))} to ${Math.round(Math.max(...all))}`,
    ),
  ),
  "",
  row("figure", "value", "reach"),
  row("---", "---", "---"),
  row(
    "our server / pyarrow's server, to one pyarrow client (median of the rounds' ratios)",
    ratio.toFixed(2),
    "≥ 0.8",
  ),
  row("growth 10^3 → 10^5 blocks, CPU time exponent", exponent("cpu"), "≤ 1.05"),
  row("the same, wall time", exponent("seconds"), ""),
  row(
    "peak memory of the server, MB",
    growth.map(({ peak }) => Math.round(peak)).join(" → "),
    "≤ 500, flat",
  ),
  row(
    "time for 10^3, 10^4, 10^5 blocks, s",
    growth.map(({ seconds }) => seconds.toFixed(2)).join(", "),
    "",
  ),
  "",
  ...vast,
  "",
].join("\n");
writeFileSync(join(here, "flight.md"), result);
process.stdout.write(result);
