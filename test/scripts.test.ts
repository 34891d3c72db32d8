import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { alone } from "../scripts/cache.mjs";
import { prepare } from "../scripts/toolchain.mjs";

const scripts = join(import.meta.dirname, "../scripts");
const folder = await realpath(await mkdtemp(join(tmpdir(), "pocaduck-scripts-")));
afterAll(() => rm(folder, { recursive: true }));

// What is already in place is not spoken of.
beforeAll(() => prepare());

test("npm run pocaduck runs where npm was called and hands on output and exit code", async () => {
  const env = { ...process.env, INIT_CWD: folder };
  const run = (...words: string[]) =>
    ended(start([join(scripts, "run.mjs"), "pocaduck", ...words], env));
  expect(await run("create", "fly", "--axes", "x,y,z")).toEqual([expect.anything(), "", [0, null]]);
  expect(existsSync(join(folder, "fly/pocaduck.json"))).toBe(true);
  const [stdout, stderr, [code]] = await run("info", "bee");
  expect({ stdout, code }).toEqual({ stdout: "", code: 3 });
  expect(stderr).toMatch(/^pocaduck: bee: .*\n$/);
});

test("npm run example runs the code of the README, again and again", async () => {
  for (const _ of [1, 2]) {
    const [stdout, stderr, end] = await ended(start([join(scripts, "run.mjs"), "example"]));
    expect([stderr, end]).toEqual(["", [0, null]]);
    expect(stdout).toMatch(/^2 Int32Array\(6\) \[ 5, 6, 7, 5, 6, 8 \]$/m);
  }
});

test("an unknown task is named", async () => {
  const [stdout, stderr, [code]] = await ended(start([join(scripts, "run.mjs"), "nonsense"]));
  expect({ stdout, code }).toEqual({ stdout: "", code: 1 });
  expect(stderr).toContain("nonsense: expected one of check,demo,example,pocaduck,bench");
});

test("a process that becomes another hands on its input and its exit code", async () => {
  const child = start(await becoming("process.stdin.pipe(process.stdout); process.exitCode = 7;"));
  child.stdin.end("from npm");
  const [stdout, , [code]] = await ended(child);
  expect({ stdout, code }).toEqual({ stdout: "from npm", code: 7 });
});

test("a process that becomes another hands on signals and ends by the same", async () => {
  const child = start(await becoming('setInterval(() => {}, 1000); console.log("up");'));
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  expect(await once(child, "exit")).toEqual([null, "SIGTERM"]);
});

test("what must run alone runs once at a time, and a dead holder's lock is broken", async () => {
  let running = 0;
  const name = `test-${process.pid}`;
  const work = async () => {
    expect(++running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    running--;
  };
  await Promise.all([alone(name, work), alone(name, work), alone(name, work)]);
});

function start(words: string[], env: NodeJS.ProcessEnv = process.env) {
  return spawn(process.execPath, words, { env, stdio: "pipe" });
}

async function ended(child: ReturnType<typeof start>): Promise<[string, string, unknown[]]> {
  return await Promise.all([text(child.stdout), text(child.stderr), exit(child)]);
}

async function exit(child: ChildProcess): Promise<unknown[]> {
  return await once(child, "close");
}

/** Arguments of a Node that becomes another one, which runs `code`. */
async function becoming(code: string): Promise<string[]> {
  const script = join(folder, `${code.length}.mjs`);
  const args = JSON.stringify(["-e", code]);
  const spawnPath = JSON.stringify(join(scripts, "spawn.mjs"));
  await writeFile(
    script,
    `import { become } from ${spawnPath};\nbecome(process.execPath, ${args});\n`,
  );
  return [script];
}
