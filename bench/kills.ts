import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDataset, verifyDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { commandJson, killGroup, startCommand } from "../packages/pocaduck/test/run-command.ts";
import { compare, type LabelTruth, readTruth } from "../packages/pocaduck/test/truth.ts";
import { shared } from "../test/shared.ts";
import { markdown } from "./report.ts";

/**
 * `npm run bench kills [rounds]`: the whole job on real voxels, its processes ended by `kill -9` at random times, up to
 * six times while it ingests and as often while it publishes; then every label is compared with the truth. 50 by default.
 */
const [rounds = 50] = process.argv.slice(2).map(Number);
const most = 6;
if (!shared) throw new Error("../shared is not here: it has the voxels and the truth");
const volume = join(shared, "segmentation/small-uint64/v3-zstd.zarr");
const { volume: truth } = readTruth<{
  volume: { nonzero_voxels: number; each_label: LabelTruth[] };
}>(shared, "small-uint64/truth.json");
const ingestStates = [
  "nothing",
  "no points",
  "points, no commit",
  "some commits",
  "more than 20 commits",
].map((state) => `ingest: ${state}`);
const publishStates = ["no index", "a part of an index", "the version"].map(
  (state) => `publish: ${state}`,
);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-bench-kills-"));
const started = performance.now();
/** By what the dataset held when the kill came. */
const kills = new Map<string, number>();
const failures: string[] = [];
let late = 0;
try {
  for (let round = 1; round <= rounds; round++) {
    const dataset = join(folder, `round ${round}`);
    await killed(ingest(dataset), ingestStates, () => whileIngesting(dataset));
    await killed(["publish", dataset], publishStates, () => whilePublishing(dataset));
    const wrong = await compared(dataset);
    if (wrong) failures.push(`round ${round}: ${wrong}`);
    process.stderr.write(`${round} of ${rounds} rounds, ${failures.length} wrong\n`);
    rmSync(dataset, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const rows = [...kills].toSorted(([a], [b]) => (a < b ? -1 : 1));
const total = rows.reduce((sum, [, count]) => sum + count, 0);
const report = [
  "# Killed processes: last result of `npm run bench kills`",
  "",
  `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}: ${rounds} rounds, ${total} kills of ingest with two workers or of publish, ${late} more came too late.`,
  `${failures.length} rounds ended other than with every point of every label once, all objects sound. ${Math.round((performance.now() - started) / 1000)} s.`,
  "",
  markdown(["when the kill came the dataset held", "kills"], rows),
  ...failures.map((failure) => `- ${failure}`),
  "",
].join("\n");
writeFileSync(join(import.meta.dirname, "kills.md"), report);
process.stdout.write(report);
process.exitCode = failures.length === 0 ? 0 : 1;

function ingest(dataset: string): string[] {
  const options = ["--points", "all", "--block", "16", "--commit-blocks", "8", "--workers", "2"];
  return ["ingest", volume, dataset, ...options, "--no-publish"];
}

/** Runs a command that is ended at a random time after the dataset is in one of the states, then once to its end. */
async function killed(
  words: string[],
  states: readonly string[],
  seen: () => string,
): Promise<void> {
  for (let kill = 0; kill < most; kill++) {
    const { child, ended } = startCommand(words);
    const state = states[Math.floor(Math.random() * states.length)] as string;
    let over = false;
    const end = ended.then((how) => {
      over = true;
      return how;
    });
    while (!over && !reached(seen(), state, states)) await sleep(2);
    await sleep(Math.random() * 150);
    killGroup(child);
    const { signal } = await end;
    if (signal !== "SIGKILL") {
      late++;
      break;
    }
    const found = seen();
    kills.set(found, (kills.get(found) ?? 0) + 1);
  }
  await commandJson(...words);
}

function reached(found: string, state: string, states: readonly string[]): boolean {
  return states.indexOf(found) >= states.indexOf(state);
}

function whileIngesting(dataset: string): string {
  const commits = objects(dataset, "commits");
  if (commits > 20) return "ingest: more than 20 commits";
  if (commits > 0) return "ingest: some commits";
  if (objects(dataset, "") === 0) return "ingest: nothing";
  return objects(dataset, "points") > 0 ? "ingest: points, no commit" : "ingest: no points";
}

function whilePublishing(dataset: string): string {
  if (objects(dataset, "versions") > 0) return "publish: the version";
  return objects(dataset, "index") > 0 ? "publish: a part of an index" : "publish: no index";
}

function objects(dataset: string, part: string): number {
  try {
    const below = readdirSync(join(dataset, part), { recursive: true, withFileTypes: true });
    return below.filter((entry) => entry.isFile()).length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}

/** What is wrong, if anything is. */
async function compared(dataset: string): Promise<string | undefined> {
  const store = new LocalStore(dataset);
  const query = await openQuery(store);
  const { points, blocks } = query.manifest.totals;
  if (points !== truth.nonzero_voxels) return `${points} points`;
  if (blocks !== query.manifest.expectedBlocks) return `${blocks} blocks`;
  for (const label of truth.each_label) {
    const wrong = await compare(query, label);
    if (wrong) return wrong;
  }
  const [damaged] = (await verifyDataset(store)).damage;
  if (damaged) return `${damaged.key} ${damaged.reason}`;
  const again = await (await openDataset(store)).publish();
  return again.changed ? "something was left to publish" : undefined;
}
