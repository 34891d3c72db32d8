import { execFile } from "node:child_process";
import { mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { installPacked, pack } from "../../../test/packed.ts";
import { parseSwc, writeSwc } from "../src/index.ts";

const script = `
import { encodeNeurons, openNeurons, parseSwc, readSwc, writeSwc } from "@pocaduck/neuron-parquet";
const { neuron } = parseSwc("1 1 0 0 0 1 -1\\n2 3 1 2 3 0.5 1\\n", { id: 7n });
const file = await openNeurons(await encodeNeurons([neuron]));
await writeSwc("out.zip", file.neurons());
for await (const { id, x, parentId } of readSwc("out.zip")) console.log(id, [...x], [...parentId]);
`;

/** The README's own lines, as a stranger would paste them, on the zip that they ask for. */
async function runReadme(project: string): Promise<string> {
  const readme = await readFile(join(import.meta.dirname, "../README.md"), "utf8");
  const [, lines = ""] = /```ts[^\n]*\n([\s\S]*?)```/.exec(readme) ?? [];
  await writeFile(join(project, "readme.ts"), lines);
  const swc = '# Meta: {"name": "DA1_lPN_R"}\n1 1 0 0 0 1 -1\n2 3 1 2 3 0.5 1\n';
  await writeSwc(join(project, "skeletons.zip"), [parseSwc(swc, { id: 7n }).neuron]);
  const { stdout } = await promisify(execFile)(process.execPath, ["readme.ts"], { cwd: project });
  return stdout;
}

test("the packed tarball works alone, and so do the lines of its README", {
  timeout: 180_000,
}, async () => {
  const tarballs = await pack();
  const project = await realpath(await mkdtemp(join(tmpdir(), "neuron-parquet-alone-")));
  try {
    const { "neuron-parquet": tarball } = tarballs;
    await installPacked(project, { "neuron-parquet": tarball ?? "" });
    await writeFile(join(project, "script.mjs"), script);
    const { stdout } = await promisify(execFile)(process.execPath, ["script.mjs"], {
      cwd: project,
    });
    expect(stdout).toBe("7n [ 0, 1 ] [ -1, 1 ]\n");
    expect(await runReadme(project)).toBe("DA1_lPN_R 8 nanometer 2\n7n 2\n");
  } finally {
    await rm(project, { recursive: true });
    const [first] = Object.values(tarballs);
    if (first) await rm(dirname(first), { recursive: true });
  }
});
