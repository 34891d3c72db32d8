import { existsSync } from "node:fs";
import { cp, mkdtempDisposable, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Axis, Schema } from "@pocaduck/format";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { command, commandJson } from "./run-command.ts";
import { type LabelTruth, readTruth } from "./truth.ts";

const small = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-options-"));
});
afterAll(() => folder.remove());

interface Label {
  label: string;
  points: number;
}

const labelsOf = (dataset: string): Promise<Label[]> => commandJson("labels", dataset);

describe.skipIf(!shared)("ingest (needs ../shared)", { timeout: 120_000 }, () => {
  const truth = shared
    ? readTruth<{ volume: { each_label: LabelTruth[] } }>(shared, "small-uint64/truth.json")
    : undefined;
  const expected = truth?.volume.each_label.map(({ label, voxels }) => ({ label, points: voxels }));
  const byLabel = (a: Label, b: Label): number => (BigInt(a.label) < BigInt(b.label) ? -1 : 1);
  const counts = async (dataset: string): Promise<Label[]> =>
    (await labelsOf(dataset)).map(({ label, points }) => ({ label, points }));

  test("in shares, each by itself, is the whole when all are done", async () => {
    const dataset = join(folder.path, "shares");
    const words = ["ingest", small, dataset, "--points", "all", "--block", "32", "--task"];
    const first = await command(...words, "2/3");
    expect(first.stdout).toMatch(
      /blocks are left to other tasks; when all are done: .* publish\n$/,
    );
    for (const task of [0, 1]) await commandJson(...words, `${task}/3`);
    expect(await commandJson("info", dataset)).toMatchObject({ version: 0 });
    await commandJson("publish", dataset);
    expect(await commandJson("info", dataset)).toMatchObject({ version: 1, complete: true });
    expect(await counts(dataset)).toEqual(expected?.toSorted(byLabel));
  });

  test("of some labels, and with another background", async () => {
    const [first, second, ...others] = expected?.toSorted(byLabel) ?? [];
    const some = join(folder.path, "some");
    const wanted = `${first?.label},${second?.label}`;
    await commandJson("ingest", small, some, "--points", "all", "--labels", wanted);
    expect(await counts(some)).toEqual([first, second]);
    const rest = join(folder.path, "rest");
    await commandJson("ingest", small, rest, "--points", "all", "--background", `0,${wanted}`);
    expect(await counts(rest)).toEqual(others);
  });

  test("of a volume at another place says where the blocks came from that are done", async () => {
    const dataset = join(folder.path, "elsewhere");
    const moved = join(folder.path, "moved.zarr");
    await cp(small, moved, { recursive: true });
    const words = ["--points", "all", "--workers", "1"];
    await commandJson("ingest", small, dataset, ...words, "--task", "0/2");
    const rest = await command("ingest", moved, dataset, ...words);
    expect(rest.stderr).toContain(`were scanned from ${small}: if this is another volume`);
    expect(await counts(dataset)).toEqual(expected?.toSorted(byLabel));
    expect((await command("ingest", small, dataset, ...words)).stderr).toBe("");
  });

  test.for([
    ["0", "0", "0"],
    ["7,9", "0,9", "9"],
  ])("of labels %s with background %s is refused before anything is made", async (words) => {
    const [labels = "", background = "", both = ""] = words;
    const dataset = join(folder.path, `background-${both}`);
    const { code, stderr } = await command(
      ...["ingest", small, dataset, "--labels", labels, "--background", background],
    );
    expect(stderr).toMatch(new RegExp(`^pocaduck: --labels asks for ${both}, which is background`));
    expect([code, existsSync(dataset)]).toEqual([2, false]);
    const none = await command("ingest", small, dataset, "--labels", "none");
    expect(none.stderr).toContain('--labels names none, got "none"; leave it out for all');
    expect([none.code, existsSync(dataset)]).toEqual([2, false]);
  });

  test.for(["3", "foo"])("of scale %s, which the volume lacks, is refused", async (scale) => {
    const dataset = join(folder.path, `scale-${scale}`);
    const { code, stderr } = await command("ingest", small, dataset, "--scale", scale);
    expect(stderr).toMatch(/^pocaduck: --scale: Expected `scale` to be 0/);
    expect([code, existsSync(dataset)]).toEqual([2, false]);
  });

  test("of what is done says so, and does it again when asked to", async () => {
    const volume = join(folder.path, "changing.zarr");
    const dataset = join(folder.path, "again");
    await cp(small, volume, { recursive: true });
    const words = ["ingest", volume, dataset, "--points", "all", "--workers", "1"];
    await commandJson(...words);
    const before = await counts(dataset);
    const chunks = (await readdir(volume, { recursive: true })).filter((name) => /\d$/.test(name));
    const [chunk = ""] = chunks.filter((name) => name.startsWith("c/0/0/0"));
    await rm(join(volume, chunk));
    const idle = await command(...words);
    expect(idle.stdout).toBe(
      "nothing to scan: all 8 blocks are done (--rescan does them again)\nnothing new since version 1\n",
    );
    expect(await counts(dataset)).toEqual(before);
    const again = await commandJson<{ blocks: number; version: number }>(...words, "--rescan");
    expect(again).toMatchObject({ blocks: 8, version: 2 });
    const total = (labels: Label[]): number => labels.reduce((sum, { points }) => sum + points, 0);
    expect(total(await counts(dataset))).toBeLessThan(total(before));
    expect(await commandJson("labels", dataset, "--version", "1")).toHaveLength(before.length);
  });

  test("mends points that were lost, as their error says", async () => {
    const dataset = join(folder.path, "lost-points");
    const words = ["ingest", small, dataset, "--points", "all", "--workers", "1"];
    await commandJson(...words);
    await rm(join(dataset, "points"), { recursive: true });
    const label = expected?.[0]?.label ?? "";
    const lost = await command("points", dataset, label);
    expect(lost.stderr).toMatch(
      /is gone, though a record names it; restore it from a copy, or write its blocks again and publish \(ingest --rescan\); verify tells what else is damaged\n$/,
    );
    await commandJson(...words, "--rescan");
    expect(
      await commandJson("points", dataset, label, "-o", join(folder.path, "back.npy")),
    ).toEqual(expect.objectContaining({ points: expected?.[0]?.points, version: 2 }));
  });

  test("goes into a dataset that was created for it", async () => {
    const made = join(folder.path, "made");
    await commandJson("ingest", small, made, "--points", "all", "--block", "32");
    const { schema } = await commandJson<{ schema: Schema }>("info", made);
    const created = join(folder.path, "created");
    const { axes, grid, about = {} } = schema;
    const axis = ({ name, resolution, unit, offset }: Axis): string =>
      [name, resolution, unit ?? "", offset].join(":");
    const sizes = [grid?.shape, grid?.blockShape].map((each) => each?.join("x")).join("/");
    const words = Object.entries(about).flatMap(([name, text]) => ["--about", `${name}=${text}`]);
    const of = ["--axes", axes.map(axis).join(), "--grid", sizes, ...words];
    await commandJson("create", created, ...of);
    await commandJson("ingest", small, created, "--points", "all", "--block", "32");
    expect(await counts(created)).toEqual(await counts(made));
    const [label = ""] = (await labelsOf(created)).map(({ label }) => label);
    const blocks = await commandJson<string[]>("blocks", created, label);
    const number = (id: string): number[] => id.split("_").map(Number);
    const ascending = blocks.toSorted((a, b) => {
      const [x, y] = [number(a), number(b)];
      const at = x.findIndex((each, axis) => each !== y[axis]);
      return (x[at] ?? 0) - (y[at] ?? 0);
    });
    expect(blocks).toEqual(ascending);
  });

  test("into a dataset of another scan, or of none, is refused by the dataset's name", async () => {
    const dataset = join(folder.path, "of another");
    await commandJson("ingest", small, dataset, "--points", "all");
    const other = await command("ingest", small, dataset, "--points", "all", "--block", "16");
    expect(other).toMatchObject({ code: 5, stdout: "" });
    expect(other.stderr).toMatch(
      /^pocaduck: .*\/of another: is of another scan: its grid is .*\n$/,
    );
    const made = join(folder.path, "of none");
    await commandJson("create", made, "--axes", "x,y,z");
    const none = await command("ingest", small, made);
    expect(none).toMatchObject({ code: 5, stdout: "" });
    expect(none.stderr).toMatch(/^pocaduck: .*\/of none: has no grid of blocks, .*\n$/);
  });

  test("that finds no point says so", async () => {
    const dataset = join(folder.path, "empty");
    const { code, stderr } = await command("ingest", small, dataset, "--labels", "77777");
    expect([code, stderr]).toEqual([
      0,
      "no point was found: see --labels, --background and --points\n",
    ]);
  });

  test("of a scale that one array has not got is refused", async () => {
    const ended = await command("ingest", small, join(folder.path, "no"), "--scale", "3");
    expect([ended.code, ended.stdout]).not.toEqual([0, ""]);
    expect(ended.stderr).toMatch(/`scale` to be 0.*got 3/);
  });
});

test("options of one command that contradict each other are refused", async () => {
  await writeFile(join(folder.path, "cloud.npy"), "kept");
  const path = join(folder.path, "cloud.npy");
  const ended = await command("points", folder.path, "7", "--format", "csv", "--output", path);
  expect(ended).toMatchObject({ code: 2, stdout: "" });
  expect(ended.stderr).toContain("--format csv does not go with the output");
  const words = ["create", join(folder.path, "two"), "--attribute", "a:uint8"];
  expect(await command(...words, "--attribute", "a:uint16")).toMatchObject({ code: 2, stdout: "" });
});
