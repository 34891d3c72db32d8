import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isNeuronError, openPrecomputed, readAny, writePrecomputed } from "../src/index.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-shard-"));
const place = join(folder, "sharded");
afterAll(() => rmSync(folder, { recursive: true }));
const neurons = [5n, 6n, 720575940625431866n].map((id) => makeSkeleton(id, 30));
let shard = "";
let whole: Buffer;

beforeAll(async () => {
  await writePrecomputed(place, neurons, { sharded: true });
  shard = readdirSync(place).find((name) => name.endsWith(".shard")) ?? "";
  whole = readFileSync(join(place, shard));
});

describe("a shard that is damaged is told as such, with its name", () => {
  test.each([0, 100, 64 * 16, 64 * 16 + 500, -100, -1])("cut to %i bytes", async (size) => {
    writeFileSync(join(place, shard), whole.subarray(0, size < 0 ? whole.length + size : size));
    await expect(all(readAny(place))).rejects.toMatchObject({
      code: "truncated",
      file: place,
      message: expect.stringMatching(
        new RegExp(`shard ${shard} is cut off: .* needs bytes \\d+ to \\d+`),
      ),
    });
    rmSync(join(place, "segment_properties"), { recursive: true, force: true });
    await expect((await openPrecomputed(place)).ids()).rejects.toMatchObject({ code: "truncated" });
  });

  test("flipped bytes of the index never look like a skeleton that is not there", async () => {
    let told = 0;
    for (let at = 0; at < 64 * 16; at += 13) {
      const bad = Buffer.from(whole);
      bad[at] = (bad[at] ?? 0) ^ 0x40;
      writeFileSync(join(place, shard), bad);
      try {
        expect(await (await openPrecomputed(place)).ids()).toHaveLength(3);
      } catch (error) {
        if (!isNeuronError(error, "truncated", "corrupt", "too-large")) throw error;
        told++;
      }
    }
    expect(told).toBeGreaterThan(50);
  });
});
