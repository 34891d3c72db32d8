import { accessSync, constants, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { alone, cache, say } from "../cache.mjs";
import { exitCode } from "../spawn.mjs";

/** Has the Go that the pinned servers build with. */
const goImage = "golang:1.26";

/**
 * Path of the server program `name`: from the PATH, else from the cache, else built there by Go,
 * else by Go in Docker. `go` is its module, or `source` a folder of ours that is built with C and
 * `tags`; `version` is the exact version.
 */
export async function binary(pin) {
  const { name, version } = pin;
  const known = onPath(name) ?? cached(name, version);
  if (known) return known;
  return alone(`server-${name}`, async () => cached(name, version) ?? build(pin));
}

async function build({ name, go, source, tags, version }) {
  const folder = join(cache, "servers", `${name}-${version}`);
  const fresh = `${folder}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const command = installer(fresh, source);
  if (!command) {
    throw new Error(
      `${name} is missing. Provide one of: ${name} on the PATH, Go 1.26 or later, or Docker`,
    );
  }
  say(`${name}: building ${version} with ${command[0]} (once, up to a few minutes)`);
  const started = performance.now();
  const [program, args, env] = command;
  const target = source ? ["-tags", tags, "."] : [`${go}@${version}`];
  const code = await exitCode(program, [...args, "install", "-ldflags", "-s -w", ...target], {
    stdio: ["ignore", 2, 2],
    env: { ...process.env, ...env },
    cwd: source ?? fresh,
  });
  if (code !== 0) throw new Error(`${name} ${version} could not be built: ${program} said ${code}`);
  renameSync(fresh, folder);
  say(`${name}: ready after ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return join(folder, name);
}

function installer(folder, source) {
  const flags = { CGO_ENABLED: source ? "1" : "0", GOFLAGS: "-p=2 -buildvcs=false" };
  if (onPath("go")) return ["go", [], { ...flags, GOBIN: folder }];
  if (!onPath("docker")) return undefined;
  const env = Object.entries({ ...flags, GOBIN: "/out" }).flatMap(([k, v]) => ["-e", `${k}=${v}`]);
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const home = ["-e", "HOME=/tmp", "-e", "GOPATH=/tmp/go", "-u", user];
  const sources = source ? ["-v", `${source}:/source:ro`, "-w", "/source"] : [];
  const mounts = ["-v", `${folder}:/out`, ...sources];
  return ["docker", ["run", "--rm", ...mounts, ...home, ...env, goImage, "go"], {}];
}

function cached(name, version) {
  return executable(join(cache, "servers", `${name}-${version}`, name));
}

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return folders.map((folder) => executable(join(folder, name))).find(Boolean);
}

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}
