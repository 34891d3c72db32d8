import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { exportable } from "../packages/labelmap-export/test/labelmap-fixture.ts";
import { startDvid } from "../scripts/servers/dvid.mjs";
import { available } from "./available.ts";
import { installPacked, pack } from "./packed.ts";
import { shared } from "./shared.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..");
const documents = globSync(["*.md", "docs/*.md", "packages/*/README.md"], { cwd: root }).sort();

/** Blocks of TypeScript: `ts` is compiled and run, `ts no-run` compiled, `ts fragment` neither. */
const examples = documents.flatMap((path) => {
  const text = readFileSync(join(root, path), "utf8");
  const blocks = [...text.matchAll(/^```ts( no-run)?\n(.*?)^```$/gms)];
  return blocks.map(([, mark, code = ""], index) => ({
    path,
    code,
    runs: mark === undefined,
    file: `${path.replaceAll(/\W/g, "-")}-${index}.ts`,
  }));
});

const project = await mkdtemp(join(tmpdir(), "pocaduck-example-"));
beforeAll(async () => {
  const tarballs = await pack();
  await installPacked(project, tarballs);
  await rm(dirname(Object.values(tarballs)[0] ?? ""), { recursive: true });
  for (const { file, code } of examples) await writeFile(join(project, file), code);
}, 120_000);
afterAll(() => rm(project, { recursive: true }));

test("README.md has an example", () => {
  expect(examples.map(({ path }) => path)).toContain("README.md");
});

test("the examples compile against the packed packages", { timeout: 60_000 }, async () => {
  const compilerOptions = {
    exactOptionalPropertyTypes: true,
    lib: ["ES2024", "DOM"],
    module: "NodeNext",
    noEmit: true,
    noUncheckedIndexedAccess: true,
    strict: true,
    target: "ES2024",
    types: ["node"],
  };
  const files = examples.map(({ file }) => file);
  await writeFile(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = await run(tsc, ["-p", project]);
  // Our declarations are checked along; those of other packages are theirs to mend.
  const messages = stdout.split(/\n(?=\S)/).filter((message) => !/^[^(]*\.pnpm\//.test(message));
  expect(messages.join("\n")).toBe("");
});

const running = examples.filter(({ runs }) => runs);
test.each(running)("$file runs", { timeout: 60_000 }, async ({ file }) => {
  expect(await run(join(project, file), [])).toMatchObject({ code: 0, stderr: "" });
});

/** Lines of `sh` blocks that call the command; those of a block marked `sh no-run` are left out. */
const calls = documents.flatMap((path) => {
  const text = readFileSync(join(root, path), "utf8");
  const blocks = Array.from(text.matchAll(/^```sh\n(.*?)^```$/gms), ([, block = ""]) => block);
  const lines = blocks.flatMap((block) => block.match(/^pocaduck .*$/gm) ?? []);
  return lines.length > 0 ? { path, lines: lines.map((line) => line.replace(/\s+#.*$/, "")) } : [];
});
const labelmap = "http://host:8000 3c7f segmentation";
const plain = calls.map(({ path, lines }) => {
  return { path, lines: lines.filter((line) => !line.includes(labelmap)) };
});
const exporting = calls.flatMap(({ path, lines }) =>
  lines.filter((line) => line.includes(labelmap)).map((line) => ({ path, line })),
);

test.skipIf(shared === undefined).each(plain)(
  "the commands of $path run, one after the other (needs ../shared)",
  async ({ path, lines }) => {
    const folder = join(project, path.replaceAll(/\W/g, "-"));
    await mkdir(folder);
    const volume = join(String(shared), "segmentation/small-uint64/v2-zstd.zarr");
    await symlink(volume, join(folder, "segmentation.zarr"));
    const main = join(project, "node_modules/pocaduck/dist/main.js");
    for (const line of lines) {
      const [, ...words] = line.split(" ").filter(Boolean);
      const { code, stderr } = await run(main, words, folder);
      expect({ line, code, stderr: code === 0 ? "" : stderr }).toEqual({
        line,
        code: 0,
        stderr: "",
      });
    }
  },
);

const dvid = exporting.length > 0 ? await available(startDvid) : undefined;
afterAll(() => dvid?.stop());

test.skipIf(!dvid).each(exporting)(
  "of $path runs: $line (needs Go or Docker)",
  async ({ path, line }) => {
    const folder = join(project, `${path.replaceAll(/\W/g, "-")}-dvid`);
    await mkdir(folder);
    const main = join(project, "node_modules/pocaduck/dist/main.js");
    const url = String(dvid?.url);
    const real = line.replace(labelmap, `${url} ${await exportable(url)} seg`);
    const [, ...words] = real.split(" ").filter(Boolean);
    expect(await run(main, words, folder)).toMatchObject({ code: 0, stderr: "" });
  },
);

test("the packed command runs", async () => {
  const main = join(project, "node_modules/pocaduck/dist/main.js");
  const manifest = await readFile(join(project, "node_modules/pocaduck/package.json"), "utf8");
  const { version } = JSON.parse(manifest);
  expect(await run(main, ["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

/** Runs a script in the project, with the output of this process left alone. */
async function run(script: string, words: string[], cwd = project) {
  const running = execute(process.execPath, [script, ...words], { cwd });
  return await running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: { code: unknown; stdout: string; stderr: string }) => {
      return { code, stdout, stderr };
    },
  );
}
