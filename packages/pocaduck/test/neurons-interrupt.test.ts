import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveBytes, writeChains } from "./neuron-files.ts";
import { type Ended, startCommand } from "./run-command.ts";

const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-stop-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const commands: [name: string, words: (input: string) => string[]][] = [
  ["validate", (input) => ["validate", input]],
  ["convert", (input) => ["convert", input, path("kept.parquet")]],
  ["merge", (input) => ["merge", path("merged.parquet"), input]],
  ["rewrite", (input) => ["rewrite", input, path("kept.parquet")]],
  ["split", (input) => ["split", input, path("parts.parquet"), "--neurons", "50"]],
  ["draw", (input) => ["draw", input, path("kept.png")]],
];

let before: string[];
beforeAll(async () => {
  await writeChains(path("large.parquet"), 1200, 3000);
  for (const name of ["kept.parquet", "kept.png"]) writeFileSync(path(name), "as it was");
  before = readdirSync(folder);
});

function expectStopped({ code, stdout, stderr }: Ended, signal: string): void {
  const said = `pocaduck: interrupted by ${signal}\n`;
  expect({ code, stdout, stderr }).toEqual({ code: 130, stdout: "", stderr: said });
  expect(readdirSync(folder)).toEqual(before);
  for (const name of ["kept.parquet", "kept.png"])
    expect(readFileSync(path(name), "utf8")).toBe("as it was");
}

/** Resolves once the process has opened `file`. */
async function opened(pid: number, file: string): Promise<void> {
  const links = (): string[] => {
    try {
      return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    } catch (error) {
      // A descriptor was closed in between.
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  };
  while (!links().includes(file)) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe.for(commands)("neurons %s", ([, words]) => {
  test.skipIf(process.platform !== "linux")(
    "stops at a signal while it works on a file, and leaves the output (needs Linux)",
    { timeout: 30_000 },
    async () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        const { child, ended } = startCommand(["neurons", ...words(path("large.parquet"))]);
        await opened(child.pid ?? 0, path("large.parquet"));
        child.kill(signal);
        expectStopped(await ended, signal);
      }
    },
  );
});

test.for<[name: string, words: (input: string) => string[]]>([
  ...commands,
  ["info", (input) => ["info", input]],
  ["subset", (input) => ["subset", input, path("kept.parquet"), "--id", "1"]],
  ["index", (input) => ["index", input, path("kept.parquet")]],
])("neurons %s stops while a server does not answer", { timeout: 30_000 }, async ([, words]) => {
  const bytes = readFileSync(path("large.parquet"));
  for (const at of [0, 1]) {
    let hanging = (): void => {};
    const waits = new Promise<void>((resolve) => {
      hanging = resolve;
    });
    await using site = await serveBytes(bytes, (asked) => {
      if (asked < at) return "serve";
      hanging();
      return "hang";
    });
    const { child, ended } = startCommand(["neurons", ...words(`${site.url}/x.parquet`)]);
    // What needs no second request ends by itself.
    if ((await Promise.race([waits.then(() => "waits"), ended])) !== "waits") continue;
    child.kill("SIGINT");
    expectStopped(await ended, "SIGINT");
  }
});
