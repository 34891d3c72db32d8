import type { PointOptions, Triple } from "@pocaduck/volume";
import { CommandError } from "../cli/exit-codes.ts";
import { parseInteger, parseLabel } from "../cli/parse-value.ts";

/** A scan as a worker process is told of it: JSON. */
export interface ScanJob {
  volume: string;
  dataset: string;
  scale?: string;
  points: string;
  background: string;
  labels?: string;
  /** Of a labelmap, in place of bodies. */
  supervoxels?: boolean;
  seed: number;
  block?: string;
  commitBlocks: number;
  /** Scan blocks again that are done, and replace them. */
  rescan?: boolean;
  /** Share `index` of `count`. */
  index: number;
  count: number;
}

/** What makes the points of one scan differ from another's, for the dataset's record. */
export function aboutScan(job: ScanJob): Record<string, string> {
  return {
    points: job.points,
    background: job.background,
    ...(job.labels !== undefined && { labels: job.labels }),
    ...(job.points.startsWith("sample=") && { seed: String(job.seed) }),
  };
}

/** @throws {CommandError} `usage` when no label is asked for, or one that is background: there would be no points. */
export function pointOptions({ points, background, labels, seed }: ScanJob): PointOptions {
  const nobodys = new Set(parseLabels("--background", background));
  const wanted = labels === undefined ? undefined : parseLabels("--labels", labels);
  if (wanted?.length === 0) {
    throw new CommandError(`--labels names none, got "${labels}"; leave it out for all`, "usage");
  }
  const both = wanted?.find((label) => nobodys.has(label));
  if (both !== undefined) {
    throw new CommandError(
      `--labels asks for ${both}, which is background and gets no points; leave it out, or name other background (--background none)`,
      "usage",
    );
  }
  return { ...select(points), seed, background: nobodys, ...(wanted && { labels: wanted }) };
}

export function blockShape({ block }: ScanJob): Triple | undefined {
  if (block === undefined) return undefined;
  const texts = block.split(/[x,]/);
  const sizes = texts.includes("")
    ? []
    : texts.map((size) => parseInteger("--block", size, 1, 1024));
  const [x, y = x, z = x] = sizes;
  if (
    x === undefined ||
    y === undefined ||
    z === undefined ||
    sizes.length > 3 ||
    sizes.length === 2
  ) {
    throw new CommandError(`expected --block to be as in 64 or 64x64x32, got "${block}"`, "usage");
  }
  return [x, y, z];
}

function select(points: string): Pick<PointOptions, "select" | "sample"> {
  if (points === "surface" || points === "all") return { select: points };
  const [, text = ""] = /^sample=(.+)$/.exec(points) ?? [];
  const fraction = text.trim() === "" ? Number.NaN : Number(text);
  if (fraction > 0 && fraction <= 1) return { select: "all", sample: fraction };
  const expected = "expected --points to be surface, all or sample=<fraction above 0, up to 1>";
  throw new CommandError(`${expected}, got "${points}"`, "usage");
}

function parseLabels(what: string, text: string): bigint[] {
  if (text.trim() === "" || text === "none") return [];
  const labels = text.split(",").map((label) => label.trim());
  if (labels.includes("")) {
    throw new CommandError(`expected ${what} to be as in 1,2,3, got "${text}"`, "usage");
  }
  return labels.map((label) => parseLabel(what, label));
}
