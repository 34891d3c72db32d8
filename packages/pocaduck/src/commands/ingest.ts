import { availableParallelism } from "node:os";
import { type Command, defineCommand } from "../cli/command.ts";
import { CommandError } from "../cli/exit-codes.ts";
import { parseInteger } from "../cli/parse-value.ts";
import { planScan, type ScanPlan } from "../scan/plan.ts";
import { openScan, scan } from "../scan/scan.ts";
import type { ScanJob } from "../scan/scan-options.ts";
import { scanWithWorkers } from "../scan/workers.ts";

export const command: Command = defineCommand({
  arguments: ["volume", "dataset"],
  options: {
    points: {
      type: "string",
      value: "which",
      about: "surface (default), all, or sample=<fraction> of all voxels",
    },
    workers: {
      type: "string",
      value: "n",
      about: "processes: as many as there are cores by default",
    },
    task: {
      type: "string",
      value: "i/n",
      about: "scan share i of n (from 0) only, and do not publish",
    },
    publish: { type: "boolean", about: "publish when every block is in (default; --no-publish)" },
    background: {
      type: "string",
      value: "labels",
      about: "labels that are nobody's: 0 by default",
    },
    labels: { type: "string", value: "labels", about: "only these, as in 1,2,3" },
    supervoxels: { type: "boolean", about: "of a DVID labelmap or its export, in place of bodies" },
    scale: {
      type: "string",
      value: "scale",
      about: "number or name of the volume's scale: 0 by default",
    },
    block: { type: "string", value: "size", about: "block shape, as in 64 or 64x64x32" },
    seed: { type: "string", value: "n", about: "another seed is another sample: 0 by default" },
    rescan: { type: "boolean", about: "scan blocks again that are done, and replace them" },
    plan: {
      type: "boolean",
      about: "say what it would take, in blocks, bytes, requests and dollars, and write nothing",
    },
    "commit-blocks": { type: "string", value: "n", about: "blocks to a commit: 256 by default" },
  },
  examples: [
    "ingest seg.zarr fly --workers 4",
    "ingest dvid://host:8000/3c7f/segmentation fly   # bodies of a locked version",
    "ingest fly-labelmap fly   # what pocaduck dvid export wrote",
    "ingest seg.zarr fly --points sample=0.01 --task 3/100   # then: publish fly",
    "ingest seg.zarr s3://bucket/fly --plan   # what it would cost",
  ],
  async run({ args, options, signal, output }) {
    const job: ScanJob = {
      volume: args.volume,
      dataset: args.dataset,
      points: options.points ?? "surface",
      background: options.background ?? "0",
      seed: parseInteger("--seed", options.seed ?? "0", 0, 2 ** 31 - 1),
      commitBlocks: parseInteger("--commit-blocks", options["commit-blocks"] ?? "256", 1, 1e6),
      ...(options.scale !== undefined && { scale: options.scale }),
      ...(options.labels !== undefined && { labels: options.labels }),
      ...(options.supervoxels === true && { supervoxels: true }),
      ...(options.block !== undefined && { block: options.block }),
      ...(options.rescan === true && { rescan: true }),
      ...share(options.task),
    };
    const workers = parseInteger(
      "--workers",
      options.workers ?? String(availableParallelism()),
      1,
      1024,
    );
    if (options.plan === true) {
      const alone = options.task !== undefined;
      const publish = options.publish !== false && !alone;
      const plan = await planScan(job, { workers: alone ? 1 : workers, publish }, signal);
      if (output.json) output.value(plan);
      else for (const line of planLines(plan)) output.line(line);
      return;
    }
    const started = performance.now();
    const opened = await openScan(job, signal);
    const { dataset, grid } = opened;
    if (opened.before !== undefined && opened.done.size > 0) {
      output.note(
        `blocks that are done were scanned from ${opened.before}: if this is another volume, give it a dataset of its own`,
      );
    }
    // Only what is written on top of a version replaces it.
    if (job.rescan && (await dataset.progress({ signal })).waitingCommits > 0) {
      await dataset.publish({ signal });
    }
    const before = opened.done.size;
    const bar = output.progress("scanning", grid.length);
    const report = ({ blocks, points }: { blocks: number; points: number }): void =>
      bar.at(before + blocks, `${points.toLocaleString("en")} points`);
    const alone = options.task !== undefined || workers === 1 || before >= grid.length;
    const scanned = alone
      ? await scan(opened, job, signal, report)
      : await scanWithWorkers(job, workers, signal, report, (what) =>
          output.note(`${what}; its share stays unfinished, the others go on`),
        );
    bar.end();
    const seconds = (performance.now() - started) / 1000;
    const committed = (await dataset.committedBlocks({ signal })).size;
    const missing = grid.length - committed;
    const publish = options.publish !== false && options.task === undefined && missing === 0;
    const published = publish ? await dataset.publish({ signal }) : undefined;
    const summary = { ...scanned, skipped: before, missing, seconds, version: published?.version };
    if (output.json) {
      output.value(summary);
      return;
    }
    const number = (value: number): string => value.toLocaleString("en");
    const skipped = before > 0 ? ` (${number(before)} were done before)` : "";
    if (scanned.blocks === 0 && missing === 0) {
      output.line(
        `nothing to scan: all ${number(before)} blocks are done (--rescan does them again)`,
      );
    } else
      output.line(
        `scanned ${number(scanned.blocks)} blocks${skipped}: ${number(scanned.points)} points of ` +
          `${number(scanned.voxels)} voxels in ${seconds.toFixed(1)} s`,
      );
    if (scanned.blocks > 0 && scanned.points === 0) {
      output.note("no point was found: see --labels, --background and --points");
    }
    if (published?.changed) output.line(`published version ${published.version}`);
    else if (published) output.line(`nothing new since version ${published.version}`);
    else if (missing > 0 && options.task !== undefined) {
      output.line(
        `${number(missing)} blocks are left to other tasks; when all are done: pocaduck publish`,
      );
    } else if (missing > 0)
      output.line(`${number(missing)} blocks are still missing: not published`);
    else output.line("not published: pocaduck publish makes it visible");
  },
});

function planLines({ requests, dollars, ...plan }: ScanPlan): string[] {
  const number = (value: number): string => value.toLocaleString("en");
  const about = (value: number): string => number(Number(value.toPrecision(3)));
  const done = plan.skipped > 0 ? ` (${number(plan.skipped)} are done)` : "";
  return [
    `blocks to scan: ${number(plan.blocks)}${done}, in ${number(plan.commits)} commits`,
    `points: about ${about(plan.points)} in ${about(plan.pairs)} pairs, ${about(plan.bytes / 1e6)} MB and their index`,
    `requests at the dataset: ${number(requests.put)} PUT, ${number(requests.get)} GET, ${number(requests.list)} LIST`,
    `their price at 5 $ a million PUT or LIST and 0.4 $ a million GET: ${dollars.toPrecision(2)} $`,
  ];
}

function share(task: string | undefined): Pick<ScanJob, "index" | "count"> {
  if (task === undefined) return { index: 0, count: 1 };
  const [, i = "", n = ""] = /^(\d+)\/(\d+)$/.exec(task) ?? [];
  const [index, count] = [Number(i), Number(n)];
  if (i !== "" && count >= 1 && index < count) return { index, count };
  throw new CommandError(
    `expected --task to be i/n with i from 0 to n-1, as in 0/100, got "${task}"`,
    "usage",
  );
}
