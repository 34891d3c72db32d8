import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Figures, printed } from "./figures.ts";
import { commandLine, type MainRuns, run, say } from "./main-runs.ts";
import { segmentation, tileSegmentation } from "./segmentation.ts";

interface ScanSummary {
  voxels: number;
  decodeMs: number;
  workMs: number;
  cpuMs: number;
  memoryMb: number;
}

/** `pocaduck ingest` of the real segmentation as a Zarr, and with `full` of eight of it side by side. */
export function addScans(
  figures: Figures,
  { scratch }: MainRuns,
  { full }: { full: boolean },
): void {
  const path = join(scratch, "scan");
  const scan = (title: string, volume: string, words: readonly string[]): void => {
    say(`pocaduck ingest: ${title}`);
    const started = performance.now();
    const summary = run<ScanSummary>([
      commandLine,
      "ingest",
      volume,
      path,
      ...words,
      "--workers",
      "2",
      "--no-publish",
      "--json",
    ]);
    const seconds = (performance.now() - started) / 1000;
    rmSync(path, { recursive: true });
    const { voxels, decodeMs, workMs, cpuMs, memoryMb } = summary;
    figures.add(
      `pocaduck ingest, two workers, ${title}: M voxels/s`,
      voxels / seconds / 1e6,
      words.includes("--block") ? printed : { least: 20 },
      { cpu: voxels / cpuMs / 1e3 },
    );
    figures.add("— share of Zarr decoding, %", (100 * decodeMs) / workMs, printed);
    figures.add("— memory of the larger worker, MB", memoryMb, { most: 400 });
  };
  scan("512³ Zarr, all", segmentation, ["--points", "all"]);
  scan("512³ Zarr, surface", segmentation, []);
  const small = ["--block", "16"];
  scan("512³ Zarr, surface, blocks of 16³", segmentation, small);
  if (!full) return;
  mkdirSync(join(scratch, "tiled"));
  const tiled = join(scratch, "tiled/volume.zarr");
  tileSegmentation(2, tiled);
  scan("1,024³ Zarr, all", tiled, ["--points", "all"]);
  scan("1,024³ Zarr, surface, blocks of 16³", tiled, small);
}
