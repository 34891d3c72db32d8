import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { startCommand } from "./run-command.ts";

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
