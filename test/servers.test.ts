import { execFile } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const run = promisify(execFile);
const scripts = join(import.meta.dirname, "../scripts/servers");
const pin = "minio-v0.0.0-20260212201848-7aac2a2c5b7c";
const module = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c";
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pocaduck-servers-"));
  mkdirSync(join(folder, "bin"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A program on a PATH on which nothing else is. */
function place(name: string, script: string): string {
  const path = join(folder, "bin", name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const made = (at: string): string =>
  `echo '#!/bin/sh' > "${at}/minio" && /bin/chmod +x "${at}/minio"`;
const noting = 'echo "$@" >> "$0.calls"';

function calls(name: string): string[] {
  const path = join(folder, "bin", `${name}.calls`);
  return existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
}

async function ask(words: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { PATH: join(folder, "bin"), POCADUCK_CACHE: join(folder, "cache"), TMPDIR: folder };
  return run(process.execPath, words, { env }).then(
    (said) => ({ code: 0, ...said }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

const prepare = () => ask([join(scripts, "minio.mjs")]);

test("a server on the PATH is taken, and nothing is built", async () => {
  const found = place("minio", "");
  place("go", noting);
  expect(await prepare()).toMatchObject({ code: 0, stdout: `${found}\n`, stderr: "" });
  expect(calls("go")).toEqual([]);
});

test("else Go installs the pinned version, once", async () => {
  place("go", `${noting}; ${made("$GOBIN")}`);
  place("docker", noting);
  const built = join(folder, "cache/servers", pin, "minio");
  expect(await prepare()).toMatchObject({ code: 0, stdout: `${built}\n` });
  expect(await prepare()).toMatchObject({ code: 0, stdout: `${built}\n`, stderr: "" });
  expect(calls("go")).toEqual([`install -ldflags -s -w ${module}`]);
  expect(calls("docker")).toEqual([]);
});

test("else Go in Docker does, as the user and into the cache alone", async () => {
  const find = `for word in "$@"; do case "$word" in *:/out) out="\${word%:/out}";; esac; done`;
  place("docker", `${noting}; ${find}; ${made("$out")}`);
  const built = join(folder, "cache/servers", pin, "minio");
  expect(await prepare()).toMatchObject({ code: 0, stdout: `${built}\n` });
  const [call = ""] = calls("docker");
  expect(call).toMatch(/^run --rm -v \S+:\/out .*-u \d+:\d+ .*golang:1\.26 go install/);
  expect(call).toContain(module);
});

test("else it fails, and says what to provide", async () => {
  const { code, stdout, stderr } = await prepare();
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(
    /minio is missing\. Provide one of: minio on the PATH, Go 1\.26 or later, or Docker/,
  );
});

test("a build that fails is told by its exit code, and is no server the next time", async () => {
  place("go", `${noting}; ${made("$GOBIN")}; exit 7`);
  for (const _ of [1, 2]) {
    const { code, stderr } = await prepare();
    expect(code).toBe(1);
    expect(stderr).toMatch(/minio v\S+ could not be built: go said 7/);
  }
  expect(calls("go").length).toBe(2);
});

test("a server that ends at once is tried three times, and its words are told", async () => {
  place("minio", `${noting}; echo "no disk for you" >&2; exit 3`);
  const url = pathToFileURL(join(scripts, "minio.mjs")).href;
  const code = `import { startMinio } from "${url}"; await startMinio();`;
  const { stderr } = await ask(["--input-type=module", "--eval", code]);
  expect(stderr).toMatch(/minio did not start: no disk for you/);
  expect(calls("minio").length).toBe(3);
  expect(calls("minio")[0]).toMatch(/--address 127\.0\.0\.1:\d+ /);
});

test("without a server tests are skipped by name, and fail in CI", async () => {
  const available = pathToFileURL(join(import.meta.dirname, "available.ts")).href;
  const url = pathToFileURL(join(scripts, "minio.mjs")).href;
  const code = (ci: string): string =>
    `process.env.CI = "${ci}"; const { available } = await import("${available}");
     const { startMinio } = await import("${url}"); console.log(await available(startMinio));`;
  const lenient = await ask(["--input-type=module", "--eval", code("")]);
  expect(lenient).toMatchObject({ code: 0, stdout: "undefined\n" });
  expect(lenient.stderr).toMatch(/^Tests are skipped: minio is missing/);
  const strict = await ask(["--input-type=module", "--eval", code("true")]);
  expect(strict.code).toBe(1);
  expect(strict.stderr).toMatch(/minio is missing/);
});
