import { execFile } from "node:child_process";
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { pnpmCommand } from "../scripts/toolchain.mjs";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..");

/** Builds every package and packs it as it would be published; answers the tarballs by package folder. */
export async function pack(): Promise<Record<string, string>> {
  const folder = await mkdtemp(join(tmpdir(), "pocaduck-packed-"));
  await execute(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"], {
    cwd: root,
  });
  const [pnpm = "pnpm", ...words] = await pnpmCommand(process.execPath);
  await execute(pnpm, [...words, "-r", "pack", "--pack-destination", folder], { cwd: root });
  const names = await readdir(folder);
  return Object.fromEntries(
    names.map((name) => [
      name.replace(/^pocaduck-(?=\D)/, "").replace(/-\d.*$/, ""),
      join(folder, name),
    ]),
  );
}

/**
 * Lays the tarballs out in a project's `node_modules`, offline: what they depend on is linked from
 * where pnpm installed it, also for the project itself.
 */
export async function installPacked(project: string, tarballs: Record<string, string>) {
  const modules = join(project, "node_modules");
  for (const [folder, tarball] of Object.entries(tarballs)) {
    const target = join(modules, folder === "pocaduck" ? folder : `@pocaduck/${folder}`);
    await mkdir(target, { recursive: true });
    await execute("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"]);
    const manifest = JSON.parse(await readFile(join(target, "package.json"), "utf8"));
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      if (name.startsWith("@pocaduck/")) continue;
      const installed = join(root, "packages", folder, "node_modules", name);
      await link(installed, target, name);
      await link(installed, project, name);
    }
  }
  await link(join(root, "node_modules/@types/node"), project, "@types/node");
  await writeFile(join(project, "package.json"), '{ "type": "module", "private": true }\n');
}

async function link(from: string, project: string, name: string): Promise<void> {
  const to = join(project, "node_modules", name);
  await mkdir(dirname(to), { recursive: true });
  await rm(to, { force: true });
  await symlink(await realpath(from), to);
}
