import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { fromArrow, isNeuronError, openNeurons, writeNeurons } from "../src/index.ts";
import { all, makeSkeleton } from "./arbitrary.ts";
import { askPython, pyarrow } from "./judge/navis.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-feather-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, "a.parquet");
const kinds = ["uncompressed", "lz4", "zstd"];

test.skipIf(!pyarrow)(
  "Feather as pyarrow writes it, compressed too, holds the neurons (needs its Python environment)",
  { timeout: 60_000 },
  async () => {
    // LZ4 comes in blocks of 64 KiB that copy from each other.
    await writeNeurons(path, [makeSkeleton(1n, 40_000), makeSkeleton(2n ** 60n, 30_000)]);
    askPython(pyarrow, "feather_judge.py", { path, kinds });
    await using file = await openNeurons(path);
    const neurons = await all(file.neurons());
    for (const kind of kinds) {
      const read = await fromArrow(readFileSync(`${path}.${kind}`), kind);
      expect((await all(read.neurons())).map(({ id }) => id)).toEqual([1n, 2n ** 60n]);
      for (const neuron of neurons) expect(await read.neuron(neuron.id), kind).toEqual(neuron);
    }
  },
);

test.skipIf(!pyarrow)(
  "damage to compressed Feather is told, or changes values alone (needs its Python environment)",
  { timeout: 60_000 },
  async () => {
    await writeNeurons(path, [makeSkeleton(1n, 300)]);
    askPython(pyarrow, "feather_judge.py", { path, kinds });
    const codes = new Map<string, number>();
    for (const kind of ["lz4", "zstd"]) {
      const whole = readFileSync(`${path}.${kind}`);
      for (let at = 8; at < whole.length; at += 13) {
        const bytes = Uint8Array.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ 0xff;
        const end = await fromArrow(bytes).then(
          () => "read",
          (error: unknown) => {
            if (isNeuronError(error)) return error.code;
            throw error;
          },
        );
        codes.set(end, (codes.get(end) ?? 0) + 1);
      }
    }
    expect(codes.get("corrupt")).toBeGreaterThan(100);
  },
);
