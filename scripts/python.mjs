import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { alone, cache, digest, read, root, say } from "./cache.mjs";
import { run } from "./spawn.mjs";

/** Path of the interpreter of the judge `name`, or undefined where it has not been made. */
export function python(name) {
  const { folder, stamp } = judge(name);
  return read(join(folder, "stamp")) === stamp ? interpreter(folder) : undefined;
}

/**
 * Makes the judge's environment when it is absent or its requirements changed; undefined where
 * Python is absent or the packages cannot be had.
 */
export async function preparePython(name) {
  const ready = python(name);
  if (ready) return ready;
  return await alone(`python-${name}`, async () => python(name) ?? (await make(name))).catch(
    (error) => say(`python: ${name}: ${error.message}`),
  );
}

async function make(name) {
  const { folder, requirements, stamp } = judge(name);
  const started = performance.now();
  await run("python3", ["-c", "import ensurepip, venv"]);
  say(`python: making the environment ${name} (once, up to a few minutes)`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run("python3", ["-m", "venv", folder]);
  const install = ["-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements];
  await run(interpreter(folder), install);
  writeFileSync(join(folder, "stamp"), stamp);
  say(`python: ${name} is ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return interpreter(folder);
}

/** Every judge has a list of exact versions, dependencies included, in test/python. */
export function judges() {
  return readdirSync(join(root, "test/python")).map((file) => basename(file, ".txt"));
}

function judge(name) {
  const requirements = join(root, `test/python/${name}.txt`);
  const pins = read(requirements);
  if (pins === undefined) throw new RangeError(`Expected one of ${judges()}, got ${name}`);
  return { folder: join(cache, "python", name), requirements, stamp: digest(pins) };
}

function interpreter(folder) {
  return join(folder, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  for (const name of asked.length > 0 ? asked : judges()) {
    if ((await preparePython(name)) === undefined) process.exitCode = 1;
  }
}
