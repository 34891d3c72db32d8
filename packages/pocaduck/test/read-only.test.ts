import { chmod, mkdtempDisposable, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCommand } from "./run-command.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let dataset: string;

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-read-only-"));
  dataset = join(folder.path, "fly");
  const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
  const made = await createDataset(new LocalStore(dataset), { axes });
  await using ingestor = made.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3, 4, 5, 6] });
  await ingestor.commit();
  await made.publish({ process: "this" });
  await setModes(0o555, 0o444);
  await chmod(folder.path, 0o755);
});
afterAll(async () => {
  await setModes(0o755, 0o644);
  await folder.remove();
});

/** Of folders and of files, also of a hidden one. */
async function setModes(folders: number, files: number): Promise<void> {
  await chmod(dataset, folders);
  for (const entry of await readdir(dataset, { recursive: true, withFileTypes: true })) {
    await chmod(join(entry.parentPath, entry.name), entry.isDirectory() ? folders : files);
  }
}

/** As somebody who may read the dataset, and no more. */
async function asReader(...words: string[]) {
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const { code, stdout, stderr } = await startCommand(words, user).ended;
  return { code, stdout, stderr };
}

test.for<[string, string[], string]>([
  ["points", ["7"], "x,y,z\n1,2,3\n4,5,6\n"],
  ["count", ["7"], "2\n"],
  ["labels", ["--json"], '[{"label":"7","blocks":1,"points":2}]\n'],
  ["blocks", ["7"], "a\n"],
  ["sql", ["SELECT points FROM labels"], "points\n     2\n"],
  ["info", [], "version: 1\n"],
  ["explain", ["7"], "label 7 in version 1: 2 points in 1 blocks\n"],
  ["verify", [], "objects of"],
  ["publish", [], "nothing new since version 1\n"],
])("%s of a dataset that may only be read answers", async ([name, words, answer]) => {
  const ended = await asReader(name, dataset, ...words);
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(ended.stdout).toContain(answer);
});

test("readers in several processes at once, SQL among them, all have their answers", async () => {
  const points = Array.from({ length: 3 }, () => asReader("points", dataset, "7"));
  const sql = Array.from({ length: 3 }, () => asReader("sql", dataset, "FROM labels", "--json"));
  for (const { code, stdout } of await Promise.all(points)) {
    expect([code, stdout]).toEqual([0, "x,y,z\n1,2,3\n4,5,6\n"]);
  }
  for (const { code, stdout } of await Promise.all(sql)) {
    expect([code, JSON.parse(stdout)]).toEqual([0, [{ label: "7", blocks: 1, points: "2" }]]);
  }
});

test("what would write there says that it may not, in one line", async () => {
  const ended = await asReader("create", join(dataset, "inner"));
  expect(ended).toMatchObject({ code: 6, stdout: "" });
  expect(ended.stderr).toMatch(/^pocaduck: .*this user has no permission.*\n$/);
});
