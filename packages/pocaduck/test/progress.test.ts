import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, verifyDataset } from "@pocaduck/ingest";
import { MemoryStore } from "@pocaduck/storage";
import { expect, test } from "vitest";
import { doctor, type Finding } from "../src/index.ts";

async function published(onStage?: (stage: string, share: number) => void): Promise<MemoryStore> {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes: [{ name: "x" }] });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1] });
  await ingestor.commit();
  await dataset.publish({ process: "this", ...(onStage && { onStage }) });
  return store;
}

test("publish tells of the stages of its index, in order", async () => {
  const told: string[] = [];
  await published((stage, share) => told.push(`${stage} ${share}`));
  expect(told).toEqual(["merging 0", "writing leaves 0", "writing tables 0"]);
});

test("verify tells of each object that it has read, out of all", async () => {
  const store = await published();
  const told: [done: number, of: number][] = [];
  const { objects } = await verifyDataset(store, { onProgress: (...each) => told.push(each) });
  expect(told).toEqual(Array.from({ length: objects }, (_, at) => [at + 1, objects]));
  expect(objects).toBeGreaterThan(5);
});

test("doctor tells of each finding as it is made, and of all in the end", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-progress-"));
  const told: Finding[] = [];
  const findings = await doctor(folder.path, { onFinding: (finding) => told.push(finding) });
  expect(told).toEqual(findings);
  expect(told.length).toBeGreaterThan(20);
});
