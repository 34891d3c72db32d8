import { spawn, spawnSync } from "node:child_process";
import { chmod, lstat, mkdir, mkdtempDisposable, readdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, beforeAll, expect, test } from "vitest";
import { command, startCommand } from "./run-command.ts";

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>;
let dataset: string;
let mounted = false;

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-files-"));
  dataset = join(folder.path, "fly");
  const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
  const made = await createDataset(new LocalStore(dataset), { axes });
  await using ingestor = made.ingestor();
  const positions = Int32Array.from({ length: 300_000 }, (_, at) => Math.imul(at, 2654435761));
  await ingestor.write("a", 7n, { positions });
  await ingestor.write("a", 9n, { positions: [1, 2, 3] });
  await ingestor.commit();
  await made.publish({ process: "this" });
  await mkdir(join(folder.path, "folder.npy"));
  await mkdir(join(folder.path, "folder.parquet"));
  await mkdir(join(folder.path, "closed"));
  await mkdir(join(folder.path, "small"));
  await chmod(join(folder.path, "closed"), 0o555);
  await writeFile(join(folder.path, "file"), "a file");
  const options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", join(folder.path, "small")];
  mounted = spawnSync("mount", options, { stdio: "ignore" }).status === 0;
});
afterAll(async () => {
  if (mounted) spawnSync("umount", ["--lazy", join(folder.path, "small")]);
  await folder.remove();
});

const isRoot = process.getuid?.() === 0;
const rights = isRoot ? { uid: 65534, gid: 65534 } : {};

test.for<[string, string, RegExp]>([
  ["a folder that is not there", "absent/c.npy", /there is no folder .*absent \(ENOENT\)$/],
  ["a file for a folder", "file/c.npy", /file is no folder \(ENOTDIR\)$/],
  ["a folder for a file", "folder.npy", /it is a folder; name a file in it \(EISDIR\)$/],
  ["no permission", "closed/c.npy", /no permission to write in .*closed \(EACCES\)$/],
  ["a full disk", "small/c.npy", /the disk is full \(ENOSPC\)$/],
])("an output is refused by its own name: %s", async ([what, name, reason], { skip }) => {
  skip(what === "a full disk" && !mounted, "needs the right to mount a small tmpfs");
  await chmod(folder.path, 0o755);
  for (const [option, ending] of [
    ["--output", "npy"],
    ["--neurons", "parquet"],
  ] as const) {
    const path = join(folder.path, name.replace("npy", ending));
    const words = ["points", dataset, "7", option, path];
    const user = what === "no permission" ? rights : {};
    const { code, stdout, stderr } = await startCommand(words, user).ended;
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trimEnd()).toMatch(reason);
    expect(stderr).toContain(`pocaduck: cannot write ${path}: `);
    expect(stderr.trim().split("\n").length).toBe(1);
  }
  const left = await readdir(folder.path, { recursive: true });
  expect(left.filter((file) => /\.(part|tmp)$/.test(file))).toEqual([]);
});

test("several labels in a format without a column of labels: whose the points are is said", async () => {
  const path = join(folder.path, "three.npy");
  const several = await command("points", dataset, "9", "7", "8", "--output", path, "--json");
  expect(JSON.parse(several.stdout).labels).toEqual([
    { label: "9", points: 1 },
    { label: "7", points: 100_000 },
    { label: "8", points: 0 },
  ]);
  expect(several.stderr).toContain("in this order, 1 of 9, 100000 of 7, 0 of 8\n");
  const one = await command("points", dataset, "9", "--output", path);
  expect(one).toMatchObject({ code: 0, stderr: "" });
  const csv = join(folder.path, "three.csv");
  expect((await command("points", dataset, "9", "7", "--output", csv)).stderr).toBe("");
});

test("a pipe is written into, not replaced", async () => {
  const pipe = join(folder.path, "pipe.csv");
  expect(spawnSync("mkfifo", [pipe]).status).toBe(0);
  const reader = spawn("cat", [pipe]);
  const closed = new Promise((resolve) => reader.on("close", resolve));
  const { code } = await command("points", dataset, "9", "--output", pipe);
  expect([code, (await lstat(pipe)).isFIFO()]).toEqual([0, true]);
  await closed;
});

test("dotprops are one output, an absent label is told, and the ending says Parquet", async () => {
  const path = join(folder.path, "some.parquet");
  const some = await command("points", dataset, "9", "8", "--neurons", path);
  expect(some).toMatchObject({ code: 0, stderr: "label 8 has no points\n" });
  for (const [option, value] of [
    ["--output", "x.npy"],
    ["--format", "csv"],
  ] as const) {
    const both = await command("points", dataset, "9", "--neurons", path, option, value);
    expect(both).toMatchObject({ code: 2, stdout: "" });
    expect(both.stderr).toContain(`--neurons and ${option} are two outputs`);
  }
  const named = await command("points", dataset, "9", "--neurons", join(folder.path, "x.swc"));
  expect(named).toMatchObject({ code: 2, stderr: expect.stringContaining("end in .parquet") });
});
