import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command } from "./run-command.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let dataset: string;

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-output-"));
  dataset = join(folder.path, "fly");
  const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
  const made = await createDataset(new LocalStore(dataset), { axes, attributes: { w: "uint64" } });
  await using ingestor = made.ingestor();
  const positions = Int32Array.from({ length: 300_000 }, (_, at) => at);
  await ingestor.write("0_0_0", 7n, { positions, w: new BigUint64Array(100_000).fill(5n) });
  await ingestor.commit();
  await made.publish({ process: "this" });
});
afterAll(() => folder.remove());

const shell = (line: string): Promise<{ code: number; stderr: string }> =>
  new Promise((resolve) => {
    execFile("bash", ["-c", line], (error, _, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stderr }),
    );
  });

const formats = ["npy", "csv", "json", "parquet", "arrow", "ply"];
test
  .skipIf(!existsSync("/dev/full"))
  .for([
    ...formats.map((format) => ["points", "7", "--format", format]),
    ["labels"],
    ["labels", "--json"],
    ["count", "7"],
    ["info", "--json"],
    ["sql", '"select 1"'],
  ])("%s onto a full disk fails and says so (needs /dev/full)", async ([name = "", ...rest]) => {
  const words = [process.execPath, main, name, dataset, ...rest].join(" ");
  const { code, stderr } = await shell(`${words} > /dev/full`);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: expect.stringMatching(/^pocaduck: standard output: ENOSPC[^\n]*\n$/),
  });
});

test("a reader that has enough ends the command quietly", async () => {
  const words = [process.execPath, main, "points", dataset, "7"].join(" ");
  const { code, stderr } = await shell(`set -o pipefail; ${words} | head -n 1`);
  expect({ code, stderr }).toEqual({ code: 141, stderr: "" });
});

test("a file is the same through a redirection, a pipe and --output", async () => {
  const [file, pipe] = [join(folder.path, "file.json"), join(folder.path, "pipe.json")];
  const words = [process.execPath, main, "points", dataset, "7", "--format", "json"].join(" ");
  expect(await shell(`${words} > ${file} && ${words} | cat > ${pipe}`)).toMatchObject({ code: 0 });
  const third = join(folder.path, "third.json");
  expect(await command("points", dataset, "7", "--output", third)).toMatchObject({ code: 0 });
  expect((await shell(`cmp ${file} ${pipe} && cmp ${file} ${third}`)).code).toBe(0);
});
