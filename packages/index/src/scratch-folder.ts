import { mkdtemp, readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

/**
 * A new folder in `parent` for files of this process. Its name tells the machine and the process: those that killed
 * processes of this machine left behind are removed on the way.
 */
export async function scratchFolder(parent: string, name: string): Promise<string> {
  const mine = `pocaduck-${name}-${hostname().replace(/[^\w.]/g, "_")}-`;
  for (const each of await readdir(parent).catch(() => [])) {
    if (!each.startsWith(mine)) continue;
    const [pid] = each.slice(mine.length).split("-");
    // Whoever may not remove it, or comes second, has no use for it either.
    if (isGone(Number(pid))) await rm(join(parent, each), { recursive: true }).catch(() => {});
  }
  return mkdtemp(join(parent, `${mine}${process.pid}-`));
}

function isGone(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid < 1) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
