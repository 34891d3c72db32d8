import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { installPacked, pack } from "../../../test/packed.ts";

const script = `
import { encodeNeurons, openNeurons, parseSwc, readSwc, writeSwc } from "@pocaduck/neuron-parquet";
const { neuron } = parseSwc("1 1 0 0 0 1 -1\\n2 3 1 2 3 0.5 1\\n", { id: 7n });
const file = await openNeurons(await encodeNeurons([neuron]));
await writeSwc("out.zip", file.neurons());
for await (const { id, x, parentId } of readSwc("out.zip")) console.log(id, [...x], [...parentId]);
`;

test("the packed tarball works alone", { timeout: 180_000 }, async () => {
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
  } finally {
    await rm(project, { recursive: true });
    const [first] = Object.values(tarballs);
    if (first) await rm(dirname(first), { recursive: true });
  }
});
