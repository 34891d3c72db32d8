import { globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { alone, cache, digest, read, root, say } from "./cache.mjs";
import { exitCode, run } from "./spawn.mjs";

/** Path of the interpreter of the judge `name`, or undefined where it has not been made. */
export function python(name) {
  const { folder, stamp } = judge(name);
  return read(join(folder, "stamp")) === stamp ? interpreter(folder) : undefined;
}

/** Makes the judge's environment when it is absent or its requirements changed; undefined where Python is absent. */
export async function preparePython(name) {
  const { folder, requirements, stamp } = judge(name);
  return (
    python(name) ??
    (await alone(`python-${name}`, async () => {
      const made = python(name);
      if (made) return made;
      const started = performance.now();
      say(`python: making the environment ${name} (once, up to a few minutes)`);
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
      if ((await venv(folder)) !== 0) return undefined;
      const install = ["-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements];
      await run(interpreter(folder), install);
      writeFileSync(join(folder, "stamp"), stamp);
      say(`python: ${name} is ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
      return interpreter(folder);
    }))
  );
}

/** Every judge has a list of exact versions, dependencies included, in test/python. */
export function judges() {
  return globSync("test/python/*.txt", { cwd: root }).map((path) => basename(path, ".txt"));
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

async function venv(folder) {
  const stdio = ["ignore", 2, 2];
  return await exitCode("python3", ["-m", "venv", "--clear", folder], { stdio }).catch((error) => {
    say(`python: ${error.message}`);
    return 1;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  for (const name of asked.length > 0 ? asked : judges()) {
    if ((await preparePython(name)) === undefined) {
      say(`python: ${name} is missing: python3 with its venv module is needed`);
      process.exitCode = 1;
    }
  }
}
