import { createDataset } from "@pocaduck/ingest";
import { openQuery, type Query } from "@pocaduck/query";
import { CountingStore, MemoryStore } from "@pocaduck/storage";
import { beforeAll, expect, test } from "vitest";

const label = 2n ** 63n + 1n;
const blocks = 5;
const perBlock = 1_000_000;
const store = new CountingStore(new MemoryStore());
let query: Query;

beforeAll(async () => {
  const dataset = await createDataset(store, {
    axes: [{ name: "x" }],
    attributes: { weight: "uint8" },
  });
  await using ingestor = dataset.ingestor();
  const labels = new BigUint64Array(perBlock).fill(label);
  for (let block = 0; block < blocks; block++) {
    const positions = Int32Array.from(labels, (_, at) => block * perBlock + at);
    await ingestor.writeBlock(`b${block}`, {
      labels,
      positions,
      weight: Uint8Array.from(positions, (x) => x % 251),
    });
  }
  await ingestor.write("small", 1n, { positions: [9], weight: [1] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  query = await openQuery(store);
}, 60_000);

test("a large label comes in parts that are its points, in order, each once", async () => {
  const seen: string[] = [];
  let x = 0;
  let parts = 0;
  for await (const part of query.stream(label)) {
    parts++;
    expect(part).toMatchObject({ label, version: 1, axes: ["x"] });
    // At 2,000,000 points a part ends with the pair it is in.
    expect(part.length).toBeLessThanOrEqual(2_000_000 + perBlock);
    const wrong = part.positions.findIndex((each, at) => each !== x + at);
    expect(wrong).toBe(-1);
    const weights = part.attributes.weight as Uint8Array;
    expect(weights.findIndex((each, at) => each !== (x + at) % 251)).toBe(-1);
    for (const { block, start, end } of part.blocks) seen.push(`${block}: ${end - start}`);
    x += part.length;
  }
  expect([parts, x]).toEqual([3, blocks * perBlock]);
  expect(seen).toEqual(Array.from({ length: blocks }, (_, at) => `b${at}: ${perBlock}`));
});

test("what is read of a stream is what is asked for", async () => {
  const whole = await query.explain(label);
  store.reset();
  for await (const part of query.stream(label)) {
    expect(part.length).toBe(2_000_000);
    break;
  }
  expect(store.bytesRead).toBeGreaterThan(0);
  expect(store.bytesRead).toBeLessThan(whole.size / 2);
});

test("a small label is one part, and one that is not there none", async () => {
  const parts = async (label: bigint): Promise<number[]> => {
    const lengths: number[] = [];
    for await (const { length } of query.stream(label)) lengths.push(length);
    return lengths;
  };
  expect(await parts(1n)).toEqual([1]);
  expect(await parts(2n)).toEqual([]);
});
