import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openNeurons } from "@pocaduck/neuron-parquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { neurons, writeChains } from "./neuron-files.ts";
import { startCommand } from "./run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-out-"));
const path = (name: string): string => join(folder, name);
let mounted = false;

beforeAll(async () => {
  chmodSync(folder, 0o755);
  await writeChains(path("all.parquet"), 3, 3000);
  for (const name of ["folder.parquet", "folder.png", "folder.index", "closed", "small", "full"])
    mkdirSync(path(name));
  writeFileSync(path("full/kept"), "kept");
  writeFileSync(path("file"), "a file");
  chmodSync(path("closed"), 0o555);
  const options = ["-t", "tmpfs", "-o", "size=4k", "tmpfs", path("small")];
  mounted = spawnSync("mount", options, { stdio: "ignore" }).status === 0;
});
afterAll(() => {
  if (mounted) spawnSync("umount", ["--lazy", path("small")]);
  rmSync(folder, { recursive: true });
});

/** Each command with an output of its own ending. */
const commands: [name: string, ending: string, rest: string[]][] = [
  ["convert", ".parquet", []],
  ["subset", ".parquet", ["--id", "1"]],
  ["rewrite", ".parquet", []],
  ["split", ".parquet", ["--neurons", "1"]],
  ["draw", ".png", []],
  ["index", ".index", []],
];

const isRoot = process.getuid?.() === 0;
const rights = isRoot ? { uid: 65534, gid: 65534 } : {};

test.for(commands)(
  "neurons %s refuses an output that cannot be written, by its name",
  { timeout: 60_000 },
  async ([name, ending, rest], { skip }) => {
    skip(!mounted, "needs the right to mount a small tmpfs");
    const refusals: [output: string, reason: RegExp][] = [
      [`absent/x${ending}`, /there is no folder .*absent \(ENOENT\)$/],
      [`file/x${ending}`, /file is no folder \(ENOTDIR\)$/],
      [`folder${ending}`, /it is a folder; name a file in it \(EISDIR\)$/],
      [`closed/x${ending}`, /no permission to write in .*closed \(EACCES\)$/],
      [`small/x${ending}`, /the disk is full \(ENOSPC\)$/],
    ];
    for (const [output, reason] of refusals) {
      // What is small fits.
      if (output.startsWith("small") && (name === "index" || name === "subset")) continue;
      const words = ["neurons", name, path("all.parquet"), path(output), ...rest];
      const user = output.startsWith("closed") ? rights : {};
      const { code, stdout, stderr } = await startCommand(words, user).ended;
      expect({ output, code, stdout }).toEqual({ output, code: 1, stdout: "" });
      expect(stderr.trimEnd()).toMatch(reason);
      expect(stderr).toContain(`pocaduck: cannot write ${path(output)}: `);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    const left = readdirSync(folder, { recursive: true, encoding: "utf8" });
    expect(left.filter((file) => /\.(part|tmp)$/.test(file))).toEqual([]);
  },
);

test("folders of neurons go into no folder that holds something, and onto no file", async () => {
  for (const format of ["swc", "precomputed"]) {
    for (const [output, reason] of [
      ["full", /full: it is there, and not empty/],
      ["file", /file: it is a file, and a folder is to come/],
    ] as const) {
      const words = ["convert", path("all.parquet"), path(output), "--to", format];
      expect(await neurons(...words)).toEqual({
        code: 5,
        stdout: "",
        stderr: expect.stringMatching(reason),
      });
    }
  }
  expect(readdirSync(path("full"))).toEqual(["kept"]);
});

test("a name that says no format is refused, and a folder's name ends in a slash", async () => {
  for (const output of ["out", "out.parqet", "out.txt", "out.swc.bak"]) {
    const ended = await neurons("convert", path("all.parquet"), path(output));
    const stderr = expect.stringMatching(/says no format: end it in \.parquet, .* or give --to/);
    expect(ended).toEqual({ code: 2, stdout: "", stderr });
    expect(existsSync(path(output))).toBe(false);
  }
  mkdirSync(path("empty"));
  for (const output of ["new/", "empty"]) {
    expect(await neurons("convert", path("all.parquet"), path(output))).toMatchObject({ code: 0 });
    expect(readdirSync(path(output))).toEqual(["1.swc", "2.swc", "3.swc"]);
  }
});

test("an option that the format of the output does not take is refused", async () => {
  const refusals: [output: string, options: string[], reason: RegExp][] = [
    ["o.swc", ["--dialect", "navis"], /--dialect is of parquet, and .*o\.swc is to be swc/],
    ["o.parquet", ["--sharded"], /--sharded is of precomputed/],
    ["o.parquet", ["--nanometers", "8"], /--nanometers is of precomputed/],
    ["o.parquet", ["--reindex"], /--reindex is of swc/],
    ["o.csv", ["--unreadable"], /--unreadable is of parquet/],
    ["o.parquet.zip", ["--dialect", "navis"], /--dialect navis is no zip/],
  ];
  for (const [output, options, reason] of refusals) {
    const ended = await neurons("convert", path("all.parquet"), path(output), ...options);
    expect(ended).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(reason) });
    expect(existsSync(path(output))).toBe(false);
  }
});

test("an input is never the output, by whatever name", async () => {
  symlinkSync(path("all.parquet"), path("link.parquet"));
  spawnSync("ln", [path("all.parquet"), path("hard.parquet")]);
  const before = readFileSync(path("all.parquet"));
  for (const output of ["./all.parquet", "link.parquet", "hard.parquet"]) {
    for (const name of ["convert", "rewrite", "subset"]) {
      const ended = await neurons(name, path("all.parquet"), `${folder}/${output}`);
      expect(ended).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("one of the inputs"),
      });
    }
  }
  const url = `file://${path("all.parquet")}`;
  expect(await neurons("convert", url, path("all.parquet"))).toMatchObject({ code: 2 });
  expect(readFileSync(path("all.parquet"))).toEqual(before);
});

test("what is merged goes into a new file, so that an input named first is not replaced", async () => {
  const [first, second] = [path("first.parquet"), path("second.parquet")];
  for (const file of [first, second]) await writeChains(file, 2, 5);
  const before = readFileSync(first);
  const { code, stderr } = await neurons("merge", first, second, path("both.parquet"));
  expect([code, stderr]).toEqual([5, expect.stringContaining("is there already")]);
  expect(readFileSync(first)).toEqual(before);
});

test("a link stays one, and the file behind it is written; file: URLs are paths", async () => {
  writeFileSync(path("behind.parquet"), "old");
  symlinkSync(path("behind.parquet"), path("before.parquet"));
  const url = `file://${path("before.parquet")}`;
  expect(await neurons("convert", path("all.parquet"), url)).toMatchObject({ code: 0 });
  expect(lstatSync(path("before.parquet")).isSymbolicLink()).toBe(true);
  await using file = await openNeurons(path("behind.parquet"));
  expect(await file.ids()).toEqual([1n, 2n, 3n]);
});

test("standard output and pipes take a file, and nothing else goes there", async () => {
  const words = ["neurons", "convert", path("all.parquet"), "/dev/stdout", "--to", "parquet"];
  const main = new URL("../src/main.ts", import.meta.url).pathname;
  const piped = spawnSync(process.execPath, [main, ...words]);
  expect([piped.status, String(piped.stderr)]).toEqual([0, "3 neurons to /dev/stdout\n"]);
  writeFileSync(path("piped.parquet"), piped.stdout);
  await using file = await openNeurons(path("piped.parquet"));
  expect(await file.ids()).toEqual([1n, 2n, 3n]);

  expect(spawnSync("mkfifo", [path("pipe.csv")]).status).toBe(0);
  const reader = spawn("cat", [path("pipe.csv")]);
  let text = "";
  reader.stdout.on("data", (part) => {
    text += part;
  });
  const closed = new Promise((resolve) => reader.on("close", resolve));
  const said = await neurons("convert", path("all.parquet"), path("pipe.csv"));
  expect(said).toMatchObject({ code: 0, stdout: `3 neurons to ${path("pipe.csv")}\n` });
  await closed;
  expect(text).toBe("connector_id,node_id,type,x,y,z,neuron\n");
  expect(lstatSync(path("pipe.csv")).isFIFO()).toBe(true);

  const both = await neurons(
    "convert",
    path("all.parquet"),
    "/dev/stdout",
    "--to",
    "swc",
    "--json",
  );
  expect(both).toMatchObject({ code: 2, stdout: "" });
  const many = await neurons("split", path("all.parquet"), "/dev/stdout", "--neurons", "1");
  expect(many).toMatchObject({ code: 2, stdout: "" });
});

test("a device is written into, not replaced", async ({ skip }) => {
  const made = spawnSync("mknod", [path("null"), "c", "1", "3"]);
  skip(made.status !== 0, "needs the right to make a device");
  for (const format of ["parquet", "arrow"]) {
    const words = ["convert", path("all.parquet"), path("null"), "--to", format];
    expect(await neurons(...words)).toMatchObject({ code: 0, stderr: "" });
    expect(lstatSync(path("null")).isCharacterDevice()).toBe(true);
  }
});
