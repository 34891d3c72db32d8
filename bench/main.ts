import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { Figures, printed } from "./figures.ts";
import { addGrowth, addIngest, addLookups, addManyBlocks, addPublish } from "./main-rows.ts";
import { MainRuns, say } from "./main-runs.ts";
import { addScans } from "./main-scan.ts";
import { short } from "./report.ts";
import { hasSegmentation } from "./segmentation.ts";

/**
 * `npm run bench`: ours and Python PoCADuck in turn on the same data; the table goes to bench/README.md. `--full` adds
 * 10^7 pairs and 1,024³ voxels; `--slow-peer` the 256³ crop and 10^5 pairs for Python, which needs minutes for them.
 */
const full = process.argv.includes("--full");
const slowPeer = process.argv.includes("--slow-peer");
const figures = new Figures();
const sampledReach = { speed: { least: 6 }, size: { most: 4.8 } };
/** With a small part of the points a file's fixed bytes count for more. */
const noReach = { speed: { times: 100 }, size: printed };
const denseReach = { speed: { least: 20, times: 100 }, size: { most: 0.4 } };
const surfaceReach = { speed: printed, size: printed };
const loads = [loadavg()[0] ?? 0];
{
  using runs = new MainRuns();
  if (!runs.hasPeer)
    say("Python PoCADuck is not here (npm run python -- pocaduck): its columns stay empty");
  const sets = (full ? [1e5, 1e6, 1e7] : [1e5, 1e6]).map((pairs) => {
    const own = runs.own("sampled", pairs);
    const title = `sampled, ${short(pairs)} pairs`;
    addIngest(figures, title, own, sampledReach);
    addPublish(figures, own);
    return { pairs, own, requests: addLookups(figures, runs, title, own) };
  });
  addGrowth(figures, sets);
  addManyBlocks(figures, runs);
  const compared = slowPeer ? 1e5 : 2e4;
  const own = runs.own("sampled", compared);
  const theirs = runs.theirs("sampled", compared);
  const title = `sampled, ${short(compared)} pairs, beside Python`;
  addIngest(figures, title, own, noReach, theirs);
  addLookups(figures, runs, title, own, theirs);
  if (hasSegmentation) {
    for (const side of [128, 256]) addCrop(runs, side);
    addScans(figures, runs, { full });
  } else say("../shared is not here: no figures of the real segmentation");
}
loads.push(loadavg()[0] ?? 0);
const machine = `${cpus()[0]?.model ?? "unknown processor"}, ${availableParallelism()} cores, Node ${process.versions.node}`;
const readme = join(import.meta.dirname, "README.md");
const flags = process.argv.slice(2).join(" ");
const words = flags ? `npm run bench -- ${flags}` : "npm run bench";
const day = new Date().toISOString().slice(0, 10);
const [before = ""] = readFileSync(readme, "utf8").split("<!-- table -->");
writeFileSync(
  readme,
  `${before}<!-- table -->\n\`${words}\` on ${machine}, ${day}, load ${loads.map(short).join(" to ")}:\n\n${figures}\n`,
);
process.stdout.write(`${figures}\n`);

function addCrop(runs: MainRuns, side: number): void {
  const beside = side === 128 || slowPeer;
  for (const set of ["dense", "surface"] as const) {
    const title = `${set === "dense" ? "all voxels" : "surface"} of the real ${side}³`;
    const own = runs.own(set, side);
    const theirs = beside ? runs.theirs(set, side) : undefined;
    addIngest(figures, title, own, set === "dense" ? denseReach : surfaceReach, theirs);
    if (set === "dense") addLookups(figures, runs, title, own, theirs);
  }
}
