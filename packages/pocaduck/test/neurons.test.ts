import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset } from "@pocaduck/ingest";
import { openNeurons } from "@pocaduck/neuron-parquet";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, expect, test } from "vitest";
import { startCommand } from "./run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

async function neurons(...words: string[]) {
  const { code, stdout, stderr } = await startCommand(["neurons", ...words]).ended;
  return { code, stdout, stderr };
}

const swc = (id: number) =>
  `# Meta: {"id": "${id}", "name": "n${id}", "units": "8 nanometer"}\n1 1 0 0 0 5 -1\n2 3 10 0 0 1 1\n3 3 10 20 ${id} 1 2\n`;

test("neurons go from SWC to Parquet, and are shown, checked, drawn, cut and joined", {
  timeout: 60_000,
}, async () => {
  writeFileSync(path("7.swc"), swc(7));
  writeFileSync(path("8.swc"), swc(8));
  for (const id of [7, 8]) {
    const made = await neurons("convert", path(`${id}.swc`), path(`${id}.parquet`));
    expect(made).toMatchObject({ code: 0, stdout: `1 neuron to ${path(`${id}.parquet`)}\n` });
  }
  expect(
    await neurons("merge", path("all.parquet"), path("7.parquet"), path("8.parquet")),
  ).toMatchObject({ code: 0 });
  expect((await neurons("info", path("all.parquet"))).stdout).toContain("2 skeletons of 6 nodes");
  expect(
    JSON.parse((await neurons("info", path("all.parquet"), "--id", "8", "--json")).stdout),
  ).toEqual([{ id: "8", name: "n8", units: "8 nanometer", soma: [1] }]);
  expect(await neurons("validate", path("all.parquet"))).toMatchObject({
    code: 0,
    stdout: "2 neurons without fault\n",
  });
  expect(await neurons("draw", path("all.parquet"), path("a.svg"), "--id", "7")).toMatchObject({
    code: 0,
  });
  expect(readFileSync(path("a.svg"), "utf8").match(/<path/g)).toHaveLength(1);
  expect(await neurons("draw", path("all.parquet"), path("a.png"))).toMatchObject({ code: 0 });
  expect(
    await neurons("subset", path("all.parquet"), path("one.parquet"), "--id", "8"),
  ).toMatchObject({ code: 0 });
  expect(
    await neurons("subset", path("all.parquet"), path("none.parquet"), "--id", "99"),
  ).toMatchObject({ code: 3 });
  expect(
    await neurons("rewrite", path("all.parquet"), path("lean.parquet"), "--lean"),
  ).toMatchObject({ code: 0 });
  expect(
    (await neurons("split", path("all.parquet"), path("p.parquet"), "--neurons", "1")).stdout,
  ).toContain("p-0002.parquet");
  expect(
    await neurons("convert", path("all.parquet"), path("pre"), "--to", "precomputed", "--sharded"),
  ).toMatchObject({ code: 0 });
  expect(
    await neurons("convert", path("pre"), path("dots.parquet"), "--dotprops", "2"),
  ).toMatchObject({ code: 0 });
  await using dots = await openNeurons(path("dots.parquet"));
  expect(dots.kind).toBe("dotprops");
});

test("a broken SWC ends the command with its line, or is passed over and listed", {
  timeout: 60_000,
}, async () => {
  writeFileSync(path("bad.swc"), "1 1 0 0\n");
  expect(await neurons("convert", path("bad.swc"), path("bad.parquet"))).toMatchObject({
    code: 4,
    stderr: expect.stringContaining("line 1: expected z"),
  });
  expect(await neurons("convert", path("bad.swc"), path("bad.parquet"), "--skip")).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("passed over 1:\n  bad.swc"),
  });
  mkdirSync(path("mixed"));
  writeFileSync(path("mixed/1.swc"), "1 1 0 0 0 1 -1\n");
  writeFileSync(path("mixed/notes.txt"), "x");
  expect(await neurons("convert", path("mixed"), path("mixed.parquet"))).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("passed over 1:\n  notes.txt: no SWC"),
  });
  writeFileSync(path("cycle.swc"), "1 1 0 0 0 1 2\n2 1 0 0 0 1 1\n");
  const checked = await neurons("validate", path("cycle.swc"));
  expect(checked).toMatchObject({
    code: 1,
    stdout: expect.stringContaining("cycle: node 1 lies on a cycle"),
  });
  expect(await neurons("info", path("absent.parquet"))).toMatchObject({
    code: 3,
    stderr: `pocaduck: ${path("absent.parquet")} is not there\n`,
  });
});

test("labels of a dataset become dotprops", { timeout: 60_000 }, async () => {
  const axes = ["x", "y", "z"].map((name) => ({ name, unit: "nanometer", resolution: 8 }));
  const dataset = await createDataset(new LocalStore(path("fly")), { axes });
  await using ingestor = dataset.ingestor();
  const positions = Array.from({ length: 30 }, (_, at) => [at, 5, 6]).flat();
  await ingestor.write("0_0_0", 7n, { positions });
  await ingestor.write("0_0_0", 8n, { positions: [1, 2, 3] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  const { code, stdout } = await startCommand([
    "points",
    path("fly"),
    "7",
    "8",
    "--neurons",
    path("labels.parquet"),
  ]).ended;
  expect({ code, stdout }).toEqual({ code: 0, stdout: `31 points to ${path("labels.parquet")}\n` });
  await using file = await openNeurons(path("labels.parquet"));
  expect(await file.ids()).toEqual([7n, 8n]);
  const neuron = await file.neuron(7n);
  expect(neuron).toMatchObject({ kind: "dotprops", units: "8 nanometer", k: 20 });
  if (neuron?.kind === "dotprops") expect(Math.abs(neuron.vectors?.x[9] ?? 0)).toBeCloseTo(1);
});

test("an output stays as it was when an id is nowhere, nothing is found, or it is the input", {
  timeout: 60_000,
}, async () => {
  writeFileSync(path("3.swc"), swc(3));
  expect(await neurons("convert", path("3.swc"), path("three.parquet"))).toMatchObject({ code: 0 });
  const before = readFileSync(path("three.parquet"));
  mkdirSync(path("empty"));
  const refusals: [code: number, stderr: RegExp, words: string[]][] = [
    [
      3,
      /1 of 2 ids are not in .*three.parquet: 9/,
      ["convert", "three.parquet", "--id", "3", "--id", "9"],
    ],
    [3, /1 of 1 ids are not in .*: 9/, ["subset", "three.parquet", "--id", "9"]],
    [3, /empty holds no neurons/, ["convert", "empty"]],
  ];
  writeFileSync(path("kept.parquet"), "kept");
  for (const [code, stderr, [name = "", input = "", ...rest]] of refusals) {
    const ended = await neurons(name, path(input), path("kept.parquet"), ...rest);
    expect(ended).toEqual({ code, stdout: "", stderr: expect.stringMatching(stderr) });
    expect(readFileSync(path("kept.parquet"), "utf8")).toBe("kept");
  }
  for (const name of ["convert", "rewrite", "subset"]) {
    const ended = await neurons(name, path("three.parquet"), path("./three.parquet"));
    expect(ended).toMatchObject({ code: 2, stdout: "" });
  }
  expect(readFileSync(path("three.parquet"))).toEqual(before);
  const found = await neurons("draw", path("three.parquet"), path("three.png"), "--id", "3");
  expect(found).toMatchObject({ code: 0, stderr: "" });
});
