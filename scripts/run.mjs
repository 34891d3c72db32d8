import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root, say } from "./cache.mjs";
import { become } from "./spawn.mjs";
import { environment, prepare } from "./toolchain.mjs";

/** What `npm run <task>` runs, under a Node that reads TypeScript. */
const tasks = {
  check: () => ({ file: "scripts/check.mjs", cwd: root }),
  demo: () => ({ file: "demo/main.ts", cwd: root }),
  example: () => ({ file: "demo/example.ts", cwd: root }),
  pocaduck: () => ({ file: "packages/pocaduck/src/main.ts", cwd: process.env.INIT_CWD }),
  bench: ([name = "-"]) =>
    name.startsWith("-")
      ? { file: "bench/main.ts", cwd: root }
      : { file: `bench/${name}.ts`, cwd: root, used: 1 },
};

const [task, ...words] = process.argv.slice(2);
try {
  await start();
} catch (error) {
  say(`${task}: ${error.message}`);
  process.exitCode = 1;
}

async function start() {
  if (!Object.hasOwn(tasks, task)) throw new Error(`expected one of ${Object.keys(tasks)}`);
  const { file, cwd = process.cwd(), used = 0 } = tasks[task](words);
  const path = join(root, file);
  if (!existsSync(path)) throw new Error(`there is no ${file}`);
  const node = await prepare();
  const args = words.slice(used);
  if (node !== process.execPath) {
    become(node, [path, ...args], { cwd, env: environment(node) });
    return;
  }
  // The running Node will do: a second process would only add to the start-up time.
  process.chdir(cwd);
  process.argv = [process.execPath, path, ...args];
  await import(pathToFileURL(path).href);
}
