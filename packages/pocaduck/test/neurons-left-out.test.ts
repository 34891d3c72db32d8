import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeNeurons } from "@pocaduck/neuron-parquet";
import { afterAll, expect, test } from "vitest";
import { chain } from "./neuron-files.ts";
import { startCommand } from "./run-command.ts";
import { runInProcess } from "./run-in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-left-out-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

test("what a conversion leaves out is printed, and is in its JSON", {
  timeout: 120_000,
}, async () => {
  const run = async (...words: string[]) => {
    const { code, stdout, stderr } = await startCommand(["neurons", "convert", ...words]).ended;
    return { code, stdout, stderr };
  };
  writeFileSync(path("7.swc"), "1 1 0 0 0 1 -1\n2 0 8 8 8 0.5 1\n");
  writeFileSync(
    path("c.csv"),
    "connector_id,node_id,type,x,y,z,neuron\n1,2,pre,0,0,0,7\n2,9,pre,0,0,0,7\n3,1,post,0,0,0,8\n",
  );
  const added = await run(path("7.swc"), path("a.parquet"), "--connectors", path("c.csv"));
  expect(added).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("neuron 8: left out 1 connectors"),
  });
  expect(added.stderr).toContain("neuron 7: 1 connectors are on nodes it lacks: 9");
  for (const name of ["b.arrow", "b.swc"])
    expect(await run(path("a.parquet"), path(name)), name).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("neuron 7: left out 2 connectors, which "),
    });
  const dots = await run(path("a.parquet"), path("d.parquet"), "--dotprops", "2", "--json");
  expect(JSON.parse(dots.stdout).warnings).toMatchObject([
    { message: "left out 2 radii, which a dotprops has no place for" },
    { message: "left out 2 labels, which a dotprops has no place for" },
    { message: "left out 1 soma (1), which a dotprops has no place for" },
  ]);
});

test("what many neurons have in common is told ten times and counted, and is whole in the JSON", async () => {
  const neurons = Array.from({ length: 1025 }, (_, at) => ({
    ...chain(BigInt(at)),
    ...(at === 700 ? { radius: Float32Array.of(1, Number.NaN, 1, 1) } : {}),
    connectors: {
      connectorId: BigInt64Array.of(1n),
      nodeId: Int32Array.of(1),
      type: ["pre"],
      x: Float32Array.of(0),
      y: Float32Array.of(0),
      z: Float32Array.of(0),
    },
  }));
  await writeNeurons(path("many.parquet"), neurons);
  const { notes } = await runInProcess("neurons convert", [path("many.parquet"), path("many.zip")]);
  const lost = notes.filter((note) => note.includes("left out 1 connector,"));
  expect(lost).toHaveLength(10);
  expect(lost[9]).toMatch(/^neuron 9: /);
  expect(notes).toContain("… and 1,015 more like these");
  expect(notes).toContain("neuron 700: 1 unknown radii are written as 0");
  expect(notes).toHaveLength(12);
  const words = [path("many.parquet"), path("json.zip"), "--json"];
  const { value } = await runInProcess("neurons convert", words);
  const { warnings } = value as { warnings: { message: string }[] };
  expect(warnings.filter(({ message }) => message.includes("connector"))).toHaveLength(1025);
});
