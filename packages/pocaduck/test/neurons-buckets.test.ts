import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset } from "@pocaduck/ingest";
import { openNeurons, type Skeleton, writeNeurons } from "@pocaduck/neuron-parquet";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startBuckets, storeAt } from "./bucket-servers.ts";
import { chain, swc } from "./neuron-files.ts";
import { killGroup, startCommand } from "./run-command.ts";

const servers = await startBuckets();
const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-buckets-"));
const scratch = mkdtempSync(join(tmpdir(), "pocaduck-neurons-scratch-"));
afterAll(async () => {
  for (const path of [folder, scratch]) rmSync(path, { recursive: true, force: true });
  await servers?.stop();
});

// Where files are made before they go to a bucket.
const env = {
  ...(servers?.env() ?? process.env),
  TMPDIR: scratch,
  NODE_COMPILE_CACHE: join(folder, "cache"),
};
const path = (name: string): string => join(folder, name);

async function neurons(...words: string[]) {
  const { code, stdout, stderr } = await startCommand(["neurons", ...words], { env }).ended;
  expect(readdirSync(scratch)).toEqual([]);
  return { code, stdout, stderr };
}

async function done(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await neurons(...words);
  expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: "" });
  return stdout;
}

const connectors = {
  connectorId: Int32Array.of(9),
  nodeId: Int32Array.of(2),
  type: ["pre"],
  x: Float32Array.of(1),
  y: Float32Array.of(2),
  z: Float32Array.of(3),
};

async function keys(url: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of (await storeAt(url, env)).list("")) found.push(key);
  return found;
}

/** Ids, rows and number of connectors of a file of a bucket, brought to the disk. */
async function contents(url: string): Promise<unknown[]> {
  await done("convert", url, path("back.parquet"));
  await using file = await openNeurons(path("back.parquet"));
  const all: unknown[] = [];
  for await (const { id, x, connectors: own } of file.neurons())
    all.push([id, [...x], own?.connectorId.length ?? 0]);
  rmSync(path("back.parquet"));
  return all;
}

const list: Skeleton[] = [{ ...chain(1n), connectors }, chain(2n), chain(3n, 70_000)];
const expected = list.map(({ id, x, connectors: own }) => [
  id,
  [...x],
  own?.connectorId.length ?? 0,
]);

describe.skipIf(!servers)("neurons in buckets (needs Go for MinIO and fake-gcs-server)", () => {
  const at = "s3://fly/neurons";

  test.for(["s3", "gs"])(
    "a file goes into a bucket with its connectors, and comes back: %s",
    async (scheme) => {
      const at = `${scheme}://fly/neurons`;
      await writeNeurons(path("all.parquet"), list);
      const said = await done("convert", path("all.parquet"), `${at}/all.parquet`);
      expect(said).toBe(`3 neurons to ${at}/all.parquet\n`);
      expect(await keys(at)).toEqual(["all.connectors.parquet", "all.parquet"]);
      expect(await contents(`${at}/all.parquet`)).toEqual(expected);
      expect(await done("info", `${at}/all.parquet`)).toMatch(/^3 skeletons of 70,008 nodes/);
      expect(await done("validate", `${at}/all.parquet`)).toBe("3 neurons without fault\n");
      // What is replaced takes its connectors with it.
      await done("subset", `${at}/all.parquet`, `${at}/some.parquet`, "--id", "1");
      expect(await keys(at)).toContain("some.connectors.parquet");
      await done("subset", `${at}/all.parquet`, `${at}/some.parquet`, "--id", "2");
      expect(await keys(at)).not.toContain("some.connectors.parquet");
    },
  );

  test("every command reads from the bucket and writes to it", async () => {
    await done("rewrite", `${at}/all.parquet`, `${at}/lean.parquet`, "--lean");
    expect(await contents(`${at}/lean.parquet`)).toEqual(expected);
    const parts = await done("split", `${at}/all.parquet`, `${at}/p.parquet`, "--neurons", "2");
    expect(parts).toBe(`${at}/p-0001.parquet\n${at}/p-0002.parquet\n`);
    await done("merge", `${at}/m.parquet`, `${at}/p-0001.parquet`, `${at}/p-0002.parquet`);
    expect(await contents(`${at}/m.parquet`)).toEqual(expected);
    await done("draw", `${at}/all.parquet`, `${at}/one.svg`, "--id", "2");
    const svg = await (await storeAt(at, env)).get("one.svg");
    expect(new TextDecoder().decode(svg)).toMatch(/^<svg .*<\/svg>\n$/s);
    await done("index", `${at}/all.parquet`);
    expect(await keys(at)).toContain("all.parquet.index");
    expect(await contents(`${at}/all.parquet`)).toEqual(expected);
  });

  test("SWC and precomputed skeletons are folders, zips and tars in a bucket", async () => {
    mkdirSync(path("swc"));
    for (const id of [4, 5]) writeFileSync(path(`swc/${id}.swc`), swc(id));
    for (const place of ["set.zip", "set.tar.gz", "set/"]) {
      await done("convert", path("swc"), `${at}/${place}`);
      const { code, stdout } = await neurons("info", `${at}/${place}`, "--json");
      expect({ place, code, found: JSON.parse(stdout) }).toMatchObject({
        place,
        code: 0,
        found: [{ id: "4" }, { id: "5" }],
      });
    }
    for (const [place, option] of [
      ["pre", []],
      ["shards", ["--sharded"]],
    ] as const) {
      const words = ["--to", "precomputed", "--nanometers", "8", ...option];
      await done("convert", path("swc"), `${at}/${place}`, ...words);
      expect(await keys(`${at}/${place}`)).toContain("segment_properties/info");
      const one = await neurons("info", `${at}/${place}`, "--id", "5", "--json");
      expect(JSON.parse(one.stdout)).toMatchObject([{ id: "5", name: "n5", nodes: 3 }]);
      const again = await neurons("convert", path("swc"), `${at}/${place}`, ...words);
      expect(again).toMatchObject({ code: 5, stderr: expect.stringContaining("not empty") });
    }
  });

  test("what goes wrong leaves the object as it was", async () => {
    const before = await (await storeAt(at, env)).get("all.parquet");
    const refusals: [code: number, stderr: RegExp, words: string[]][] = [
      [
        3,
        /1 of 1 ids are not in/,
        ["convert", path("all.parquet"), `${at}/all.parquet`, "--id", "8"],
      ],
      [2, /one of the inputs/, ["convert", `${at}/all.parquet`, `${at}/all.parquet`]],
      [3, /no\.parquet is not there/, ["convert", `${at}/no.parquet`, `${at}/all.parquet`]],
      [
        3,
        /nowhere.*(does not exist|Not Found)/,
        ["convert", path("all.parquet"), "s3://nowhere/all.parquet"],
      ],
      [2, /says no format/, ["convert", path("all.parquet"), `${at}/thing`]],
      [2, /can only be read/, ["convert", path("all.parquet"), "https://127.0.0.1:9/a.parquet"]],
    ];
    for (const [code, stderr, words] of refusals) {
      const ended = await neurons(...words);
      expect({ words, ...ended }).toEqual({
        words,
        code,
        stdout: "",
        stderr: expect.stringMatching(stderr),
      });
      expect(ended.stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(await (await storeAt(at, env)).get("all.parquet")).toEqual(before);
  });

  test("labels of a dataset go to the bucket as dotprops", async () => {
    const axes = ["x", "y", "z"].map((name) => ({ name, unit: "nanometer", resolution: 8 }));
    const dataset = await createDataset(new LocalStore(path("fly")), { axes });
    await using ingestor = dataset.ingestor();
    await ingestor.write("0_0_0", 7n, { positions: [1, 2, 3, 2, 2, 3] });
    await ingestor.commit();
    await dataset.publish({ process: "this" });
    const words = ["points", path("fly"), "7", "8", "--neurons", `${at}/l.parquet`];
    const { code, stderr } = await startCommand(words, { env }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "label 8 has no points\n" });
    expect(await done("info", `${at}/l.parquet`)).toMatch(/^2 dotprops of 2 points/);
    expect(readdirSync(scratch)).toEqual([]);
  });
});

test.skipIf(!servers)(
  "a command that is killed or interrupted while it works leaves the bucket as it was (needs Go for MinIO)",
  { timeout: 60_000 },
  async () => {
    await writeNeurons(
      path("large.parquet"),
      Array.from({ length: 400 }, (_, at) => chain(BigInt(at + 1), 3000)),
    );
    await done("convert", path("all.parquet"), "s3://fly/kept/x.parquet");
    const before = await (await storeAt("s3://fly/kept", env)).get("x.parquet");
    for (const stop of ["SIGINT", "SIGKILL"] as const) {
      const words = ["neurons", "convert", path("large.parquet"), "s3://fly/kept/x.parquet"];
      const { child, ended } = startCommand(words, { env });
      while (readdirSync(scratch).length === 0)
        await new Promise((resolve) => setTimeout(resolve, 5));
      if (stop === "SIGKILL") killGroup(child);
      else child.kill(stop);
      expect((await ended).code).toBe(stop === "SIGKILL" ? null : 130);
      expect(readdirSync(scratch)).toHaveLength(stop === "SIGKILL" ? 1 : 0);
      expect(await keys("s3://fly/kept")).toEqual(["x.parquet", "x.connectors.parquet"].sort());
      expect(await (await storeAt("s3://fly/kept", env)).get("x.parquet")).toEqual(before);
    }
  },
);
