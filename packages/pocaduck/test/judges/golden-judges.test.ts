import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeVolume } from "../../../../demo/make-volume.ts";
import { judge } from "../../../../test/judge.ts";
import { shared } from "../../../../test/shared.ts";
import { commandJson } from "../run-command.ts";
import { type LabelTruth, readTruth } from "../truth.ts";

const interpreter = judge("pyarrow");
const scripts = import.meta.dirname;

type Digests = Record<string, [points: number, sha256: string]>;

function python<T>(script: string, ...words: string[]): T {
  const options = { maxBuffer: 1 << 28 };
  const output = execFileSync(interpreter ?? "", [join(scripts, script), ...words], options);
  return JSON.parse(output.toString()) as T;
}

/** Ingests with the command, and has Python tell what it then finds in every file. */
async function readByPython(volume: string, points: string, ...options: string[]) {
  await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-golden-judges-"));
  const dataset = join(folder.path, "fly");
  await commandJson("ingest", volume, dataset, "--points", points, "--workers", "2", ...options);
  const { digests, ...rest } = python<{
    files: number;
    disagree: string[];
    wrong: string[];
    digests: Digests;
  }>("check_dataset.py", dataset);
  expect(rest).toEqual({ files: expect.any(Number), disagree: [], wrong: [] });
  expect(rest.files).toBeGreaterThan(4);
  return digests;
}

function ofLabels(labels: LabelTruth[]): Digests {
  return Object.fromEntries(
    labels.map(({ label, voxels, sha256_xyz_int32le }) => [label, [voxels, sha256_xyz_int32le]]),
  );
}

test.skipIf(!interpreter || !shared).for([
  ["v3-zstd.zarr", "volume", "32"],
  ["v2-zstd-holes.zarr", "holes", "50"],
  ["v2-raw-bigendian.zarr", "bigendian_subcrop", "64"],
] as const)(
  "Python finds in every file of a dataset of %s what the golden data says (needs Python, ../shared)",
  async ([name, part, block]) => {
    const truth = readTruth<Record<string, { each_label: LabelTruth[] }>>(
      shared ?? "",
      "small-uint64/truth.json",
    );
    const volume = join(shared ?? "", "segmentation/small-uint64", name);
    const found = await readByPython(volume, "all", "--block", block, "--commit-blocks", "5");
    expect(found).toEqual(ofLabels(truth[part]?.each_label ?? []));
  },
);

test.skipIf(!interpreter || !shared)(
  "and of a piece of cortex, every label of it (needs Python, ../shared)",
  async () => {
    const folder = join(shared ?? "", "segmentation");
    const found = await readByPython(join(folder, "crop256-precomputed"), "all");
    const lines = readFileSync(join(folder, "truth-crop256-all.csv"), "utf8").trim().split("\n");
    const truth = lines.slice(1).map((line): [string, [number, string]] => {
      const cells = line.split(",");
      return [cells[0] ?? "", [Number(cells[1]), cells.at(-1) ?? ""]];
    });
    expect(Object.keys(found).length).toBe(truth.length);
    expect(found).toEqual(Object.fromEntries(truth));
  },
  180_000,
);

test.skipIf(!interpreter)(
  "and of the demo, the surface that Python finds in the volume itself (needs Python)",
  async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-neuropil-"));
    await makeVolume(folder.path);
    const found = await readByPython(folder.path, "surface");
    expect(found).toEqual(python<Digests>("demo_volume.py", folder.path));
  },
  120_000,
);
