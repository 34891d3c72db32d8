import { join } from "node:path";
import { root, say } from "./cache.mjs";
import { judges, preparePython } from "./python.mjs";
import { prepareDvid } from "./servers/dvid.mjs";
import { prepareFakeGcs } from "./servers/fake-gcs.mjs";
import { prepareMinio } from "./servers/minio.mjs";
import { exitCode } from "./spawn.mjs";

/** Everything that has to hold before a change lands. The tests come last: the output ends in their summary. */
const checks = [
  ["biome", "@biomejs/biome/bin/biome", ["ci", "."]],
  ["tsc", "typescript/bin/tsc", ["-b"]],
  ["knip", "knip/bin/knip.js", ["--no-config-hints"]],
];

const plain = process.stdout.isTTY ? {} : { NO_COLOR: "1" };

const failed = [];
for (const [name, script, args] of checks) {
  const started = performance.now();
  say(`\n> ${name} ${args.join(" ")}`);
  if ((await tool(script, args)) !== 0) failed.push(name);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  say(`${failed.includes(name) ? "failed" : "passed"}: ${name} in ${seconds} s`);
}

say("\n> python");
const missing = process.env.CI === "true" ? "fail" : "are skipped";
for (const name of judges()) {
  if ((await preparePython(name)) === undefined) say(`tests that need ${name} ${missing}`);
}

say("\n> servers");
for (const prepare of [prepareMinio, prepareFakeGcs, prepareDvid]) {
  const found = prepare().then((path) => `found ${path}`);
  say(await found.catch((error) => `${error.message}: tests that need it ${missing}`));
}

say("\n> vitest run");
const code = await tool("vitest/vitest.mjs", ["run", ...process.argv.slice(2)], {
  POCADUCK_CHECKS_PASSED: String(checks.length - failed.length),
  POCADUCK_CHECKS_FAILED: failed.join(","),
});
process.exitCode = code === 0 && failed.length === 0 ? 0 : 1;

function tool(script, args, env = {}) {
  const path = join(root, "node_modules", script);
  const options = { cwd: root, stdio: "inherit", env: { ...process.env, ...plain, ...env } };
  return exitCode(process.execPath, [path, ...args], options);
}
