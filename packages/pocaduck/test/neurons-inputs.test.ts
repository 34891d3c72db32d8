import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neurons, serveBytes, swc, writeChains } from "./neuron-files.ts";

const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-in-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

/** Every command on one input. */
const commands: [name: string, words: (input: string) => string[]][] = [
  ["info", (input) => ["info", input]],
  ["validate", (input) => ["validate", input]],
  ["convert", (input) => ["convert", input, path("out.parquet")]],
  ["subset", (input) => ["subset", input, path("out.parquet"), "--id", "1"]],
  ["merge", (input) => ["merge", path("out.parquet"), path("good.parquet"), input]],
  ["rewrite", (input) => ["rewrite", input, path("out.parquet")]],
  ["split", (input) => ["split", input, path("out.parquet"), "--neurons", "1"]],
  ["draw", (input) => ["draw", input, path("out.png")]],
  ["index", (input) => ["index", input, path("out.index")]],
];

let before: string[];
beforeAll(async () => {
  await writeChains(path("good.parquet"), 3);
  writeFileSync(path("cut.parquet"), readFileSync(path("good.parquet")).subarray(0, 900));
  writeFileSync(path("other.parquet"), "something else, of some length");
  expect(spawnSync("mkfifo", [path("pipe.parquet"), path("pipe.swc")]).status).toBe(0);
  before = readdirSync(folder);
});

function expectRefused(
  ended: Awaited<ReturnType<typeof neurons>>,
  code: number,
  stderr: RegExp,
): void {
  expect(ended).toEqual({ code, stdout: "", stderr: expect.stringMatching(stderr) });
  expect(ended.stderr.trim().split("\n")).toHaveLength(1);
  expect(ended.stderr).not.toMatch(/ENOENT|fetch failed|EISDIR|at .*\.ts/);
  expect(readdirSync(folder)).toEqual(before);
}

describe.for(commands)("neurons %s", ([, words]) => {
  test("refuses a pipe and a file that is not there by their names, and damage too", {
    timeout: 20_000,
  }, async () => {
    const [pipe, absent, cut] = await Promise.all([
      neurons(...words(path("pipe.parquet"))),
      neurons(...words(path("absent.parquet"))),
      neurons(...words(path("cut.parquet"))),
    ]);
    expectRefused(pipe, 2, /pipe\.parquet is a pipe: .* in a file/);
    expectRefused(absent, 3, /absent\.parquet is not there/);
    expectRefused(cut, 4, /cut\.parquet/);
  });
});

test("devices, pipes of SWC, foreign files, file: URLs and passwords in addresses are refused", async () => {
  const refusals: [input: string, code: number, stderr: RegExp][] = [
    [path("pipe.swc"), 2, /pipe\.swc is a pipe/],
    ["/dev/zero", 2, /\/dev\/zero is a device/],
    [path("other.parquet"), 4, /other\.parquet.*Parquet/],
    [`file://${path("a%20b")}`, 3, /a%20b is not there/],
    ["http://me:hidden@127.0.0.1:9/x.parquet", 2, /credentials/],
    ["http://127.0.0.1:9/x.parquet", 6, /127\.0\.0\.1:9\/x\.parquet.*: the server did not answer/],
    ["precomputed://http://127.0.0.1:9/x", 6, /127\.0\.0\.1:9\/x.*: the server did not answer/],
  ];
  for (const [input, code, stderr] of refusals) {
    const ended = await neurons("convert", input, path("out.parquet"));
    expectRefused(ended, code, stderr);
    expect(ended.stderr).not.toContain("hidden");
  }
});

test("an absent file of a server is told from a server that fails", async () => {
  const bytes = readFileSync(path("good.parquet"));
  for (const [answer, code] of [
    [404, 3],
    [403, 6],
    [500, 6],
  ] as const) {
    await using site = await serveBytes(bytes, () => answer);
    const ended = await neurons("info", `${site.url}/x.parquet`);
    expectRefused(ended, code, new RegExp(`x\\.parquet.*: the server answered ${answer}`));
  }
});

test("a file: URL is a path, and ids may come through a pipe", async () => {
  const url = `file://${path("good.parquet")}`;
  expect((await neurons("info", url)).stdout).toContain("3 skeletons of 12 nodes");
  const words = ["neurons", "subset", url, path("some.parquet"), "--ids", "<(echo 2)"];
  const main = new URL("../src/main.ts", import.meta.url).pathname;
  const line = [process.execPath, main, ...words].join(" ");
  expect(spawnSync("bash", ["-c", line]).status).toBe(0);
  const { stdout } = await neurons("info", path("some.parquet"), "--list", "--json");
  expect(JSON.parse(stdout)).toMatchObject([{ id: "2" }]);
  rmSync(path("some.parquet"));
});

test("an id that is nowhere is told by name, and the others are shown", async () => {
  const text = await neurons("info", path("good.parquet"), "--id", "2", "--id", "77");
  expect(text).toMatchObject({ code: 3, stdout: expect.stringContaining("n2") });
  expect(text.stderr).toMatch(/1 of 2 ids are not in .*good\.parquet: 77\n$/);
  const json = await neurons("info", path("good.parquet"), "--id", "77", "--json");
  expect(json).toMatchObject({ code: 3, stdout: "[]\n" });
  writeFileSync(path("1.swc"), swc(1));
  const ofText = await neurons("info", path("1.swc"), "--id", "5");
  expect(ofText).toMatchObject({ code: 3, stderr: expect.stringContaining("1.swc: 5") });
  rmSync(path("1.swc"));
  expect(existsSync(path("out.parquet"))).toBe(false);
});
