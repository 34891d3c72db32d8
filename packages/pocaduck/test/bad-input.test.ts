import { existsSync } from "node:fs";
import { cp, mkdir, mkdtempDisposable, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeDataset } from "@pocaduck/format";
import { createDataset, isIngestError, openDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { MemoryStore } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, commandJson } from "./run-command.ts";

const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let published: string;

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-bad-"));
  published = join(folder.path, "fly");
  const dataset = await createDataset(new LocalStore(published), { axes });
  await using ingestor = dataset.ingestor();
  await ingestor.write("0_0_0", 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
});
afterAll(() => folder.remove());

/** One line on standard error, nothing on standard output, an exit code other than 0. */
async function refused(words: string[], message: RegExp, code: number): Promise<void> {
  const ended = await command(...words);
  expect(ended.stderr).toMatch(message);
  expect(ended.stderr.trim().split("\n").length).toBe(1);
  expect([ended.code, ended.stdout]).toEqual([code, ""]);
}

describe("the command refuses, in one line that says what, where and what to do,", () => {
  test.for<[string, (fly: string) => string[], RegExp, number]>([
    ["a dataset that exists", (fly) => ["create", fly], /There is a dataset already/, 5],
    ["one that does not", (fly) => ["info", `${fly}-not`], /no dataset here: no pocaduck.json/, 3],
    ["to publish one that does not", (fly) => ["publish", `${fly}-not`], /no dataset here/, 3],
    [
      "an unknown version",
      (fly) => ["points", fly, "7", "--version", "9"],
      /no version 9; the last one is 1/,
      3,
    ],
    [
      "a negative label",
      (fly) => ["points", fly, "-5"],
      /<label> to be 0 to 18446744073709551615, got "-5"/,
      2,
    ],
    [
      "a negative number of workers",
      (fly) => ["ingest", fly, fly, "--workers", "-2"],
      /--workers to be a whole number from 1 to 1024, got "-2"/,
      2,
    ],
    ...[
      ["--grid", "8x8"],
      ["--grid", "8/8/"],
      ["--about", "text"],
      ["--axes", "x:8:nm:"],
    ].map(([option = "", value = ""]): [string, (fly: string) => string[], RegExp, number] => [
      `${option} ${value}`,
      (fly) => ["create", `${fly}-4`, option, value],
      new RegExp(`expected ${option} to be .*, got "${value}"`),
      2,
    ]),
    [
      "a grid of other axes",
      (fly) => ["create", `${fly}-5`, "--grid", "8x8/4x4"],
      /`grid.shape` to be 3 integers above 0/,
      2,
    ],
    ...[
      ["--coordinates", "int8"],
      ["--attribute", "foo:int7"],
      ["--attribute", "x:uint8"],
      ["--attribute", "label:uint8"],
      ["--axes", "x,x"],
      ["--axes", ""],
      ["--axes", "a,b,c,d,e"],
      ["--grid", "10x10x10/0x1x1"],
    ].map(([option = "", value = ""]): [string, (fly: string) => string[], RegExp, number] => [
      `${option} "${value}"`,
      (fly) => ["create", `${fly}-3`, option, value],
      new RegExp(`^pocaduck: ${option}: Expected \`[^\`]+\` to be `),
      2,
    ]),
    [
      "no hours of grace",
      (fly) => ["gc", fly, "--grace", ""],
      /--grace to be a number from 0, got ""/,
      2,
    ],
    [
      "a label in words",
      (fly) => ["points", fly, "seven"],
      /<label>.*0 to 18446744073709551615.*"seven"/,
      2,
    ],
    ["a label of 2^64", (fly) => ["count", fly, "18446744073709551616"], /<label>.*0 to/, 2],
    ["an unknown block", (fly) => ["labels", fly, "--block", "9_9_9"], /no block "9_9_9"/, 3],
    [
      "an unknown format",
      (fly) => ["points", fly, "7", "-o", "cloud.xyz"],
      /format of npy.*cloud.xyz"; --format names one/,
      2,
    ],
    [
      "a folder that is not there",
      (fly) => ["points", fly, "7", "-o", "/no/such/c.npy"],
      /cannot write \/no\/such\/c.npy: there is no folder \/no\/such \(ENOENT\)/,
      1,
    ],
    ["SQL that is none", (fly) => ["sql", fly, "SELEC 1"], /syntax error|Parser Error/, 2],
    [
      "SQL that reaches out",
      (fly) => ["sql", fly, "SELECT * FROM read_text('/etc/hostname')"],
      /disabled/,
      2,
    ],
    [
      "a volume that is not there",
      (fly) => ["ingest", `${fly}.zarr`, `${fly}-2`],
      /no Zarr array/,
      3,
    ],
    [
      "points of no kind",
      (fly) => ["ingest", fly, `${fly}-2`, "--points", "some"],
      /--points.*"some"/,
      2,
    ],
    [
      "a sample of nothing",
      (fly) => ["ingest", fly, `${fly}-2`, "--points", "sample=0"],
      /above 0/,
      2,
    ],
    [
      "a label left out",
      (fly) => ["ingest", fly, `${fly}-2`, "--labels", "1,,2"],
      /--labels to be as in 1,2,3, got "1,,2"/,
      2,
    ],
    [
      "a block without sizes",
      (fly) => ["ingest", fly, `${fly}-2`, "--block", "x"],
      /--block to be as in 64 or 64x64x32, got "x"/,
      2,
    ],
    [
      "task 3 of 3",
      (fly) => ["ingest", fly, `${fly}-2`, "--task", "3/3"],
      /i from 0 to n-1.*3\/3/,
      2,
    ],
    [
      "a type that is none",
      (fly) => ["create", `${fly}-3`, "--attribute", "a:int128"],
      /`attributes.a`.*int128/,
      2,
    ],
  ])("%s", async ([, words, message, code]) => {
    await refused(words(published), message, code);
    for (const suffix of ["-2", "-3", "-not"]) expect(existsSync(published + suffix)).toBe(false);
  });

  test("a dataset without a version, and says what to do", async () => {
    const path = join(folder.path, "unpublished");
    await createDataset(new LocalStore(path), { axes });
    await refused(["points", path, "7"], /No version.*publish it/, 3);
    await refused(["publish", path], /Nothing was committed.*; write blocks .* pocaduck ingest/, 1);
    expect(await commandJson("info", path)).toMatchObject({ version: 0, committedBlocks: 0 });
  });

  test("a dataset of a newer format", async () => {
    const path = join(folder.path, "newer");
    const text = new TextDecoder().decode(
      encodeDataset({ axes, coordinates: "int32", attributes: {} }, "id"),
    );
    const { encodeSealedJson } = await import("../../format/src/json.ts");
    const { crc32: _, ...record } = JSON.parse(text) as Record<string, unknown>;
    await mkdir(path);
    await writeFile(join(path, "pocaduck.json"), encodeSealedJson({ ...record, formatVersion: 2 }));
    await refused(["points", path, "7"], /format version 2, this release reads 1/, 4);
    await refused(["publish", path], /format version 2/, 4);
  });
});

test("a file in the place of a dataset is told without the name of a probe", async () => {
  const file = join(folder.path, "file.txt");
  await writeFile(file, "kept");
  const message = /^pocaduck: \S+file.txt: \S+: a file stands where a folder is needed/;
  await refused(["create", file], message, 6);
});

test("of a sound dataset verify says that it is sound", async () => {
  const { code, stdout } = await command("verify", published);
  expect([code, stdout]).toEqual([0, expect.stringMatching(/ bytes read: all are sound\n$/)]);
});

test("an unknown label is an answer: no points, in the schema's shape", async () => {
  const { code, stdout } = await command("points", published, "8");
  expect([code, stdout]).toEqual([0, "x,y,z\n"]);
  expect(await commandJson("count", published, "8")).toMatchObject({ points: 0 });
  expect(await commandJson("blocks", published, "8")).toEqual([]);
  const npy = join(folder.path, "empty.npy");
  await commandJson("points", published, "8", "--output", npy);
  expect((await import("node:fs")).readFileSync(npy).toString("latin1")).toContain(
    "'shape': (0, 3)",
  );
});

test("what an address or a name would tell the terminal is shown, and not obeyed", async () => {
  await refused(["info", `${published}\u001b[31m`], /fly\\x1b\[31m: .*no dataset/, 3);
  await refused(["blocks", published, "8\u0007"], /"8\\x07"/, 2);
});

test.each(["csv", "json"])("of points that are gone nothing is printed, as %s", async (format) => {
  await using copy = await mkdtempDisposable(join(tmpdir(), "pocaduck-gone-"));
  const fly = join(copy.path, "fly");
  await cp(published, fly, { recursive: true });
  await rm(join(fly, "points"), { recursive: true });
  await refused(["points", fly, "7", "--format", format], /"points\/\S+": /, 4);
});

test("a failed output leaves what was there before", async () => {
  const output = join(folder.path, "kept.npy");
  await writeFile(output, "before");
  const damaged = join(folder.path, "damaged");
  await cp(published, damaged, { recursive: true });
  const points = join(damaged, "points");
  const [first = ""] = await readdir(points);
  const [file = ""] = await readdir(join(points, first));
  await writeFile(join(points, first, file), "no Parquet");
  await refused(["points", damaged, "7", "-o", output], /"points\/.*"/, 4);
  expect((await import("node:fs")).readFileSync(output, "utf8")).toBe("before");
  expect((await readdir(folder.path)).filter((name) => name.endsWith(".part"))).toEqual([]);
});

test("a dataset that was moved or copied answers as before", async () => {
  const copy = join(folder.path, "a copy [1] #2 %20 'q' 🧠");
  await cp(published, `${copy} before`, { recursive: true });
  await rename(`${copy} before`, copy);
  expect(await commandJson("count", copy, "7")).toMatchObject({ points: 1 });
  const dataset = await openDataset(new LocalStore(copy));
  await using ingestor = dataset.ingestor();
  await ingestor.write("1_0_0", 7n, { positions: [4, 5, 6] });
  await ingestor.commit();
  await dataset.publish();
  expect(await commandJson("count", copy, "7")).toMatchObject({ points: 2 });
  expect(await commandJson("count", published, "7")).toMatchObject({ points: 1 });
});

test.for(["a/b", "'", '"', " ", "🧠", "é", "..", "", "x".repeat(1024), "new\nline", "null\0"])(
  "a block called %j is written, found and listed",
  async (block) => {
    const store = new MemoryStore();
    const dataset = await createDataset(store, { axes });
    await using ingestor = dataset.ingestor();
    await ingestor.write(block, 7n, { positions: [1, 2, 3] });
    await ingestor.commit();
    await dataset.publish({ process: "this" });
    const query = await openQuery(store);
    expect(await query.blocks(7n)).toEqual([block]);
    expect((await query.labelsIn(block)).map(({ label }) => label)).toEqual([7n]);
    expect((await query.points(7n)).blocks).toEqual([{ block, start: 0, end: 1 }]);
  },
);

test("a block id that is not well-formed, or no string, is refused", async () => {
  const dataset = await createDataset(new MemoryStore(), { axes });
  await using ingestor = dataset.ingestor();
  for (const block of ["\ud800", 7 as never]) {
    await expect(ingestor.write(block, 7n, { positions: [1, 2, 3] })).rejects.toThrow(/`block`/);
  }
});

test("a store that ignores conditions is refused before anything is in it", async () => {
  const store = new MemoryStore();
  store.putIfAbsent = (key, body) => store.put(key, body);
  const made = await createDataset(store, { axes }).catch((error: unknown) => error);
  expect(isIngestError(made, "unsafe-store")).toBe(true);
  const keys: string[] = [];
  for await (const { key } of store.list("")) keys.push(key);
  expect(keys).toEqual([]);
});
