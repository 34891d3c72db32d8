import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** What the scripts bring: Node, pnpm, Python environments, servers. Ignored by git; safe to delete. */
export const cache = process.env.POCADUCK_CACHE ?? join(root, ".cache");

/** Standard output belongs to the command that is run, so news goes to standard error. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Content of a file, or undefined where there is none. */
export function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return undefined;
    throw error;
  }
}

export function digest(...texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\0");
  return hash.digest("hex");
}

/** Runs `work` in one process at a time; a lock whose holder died is broken. */
export async function alone(name, work) {
  const lock = join(cache, `${name}.lock`);
  mkdirSync(cache, { recursive: true });
  for (let waited = 0; !take(lock); waited++) {
    if (waited === 0) say(`waiting for another process that prepares ${name}`);
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { force: true });
  }
}

function take(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const holder = Number(read(lock));
  if (holder > 0 && !alive(holder)) rmSync(lock, { force: true });
  return false;
}

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
