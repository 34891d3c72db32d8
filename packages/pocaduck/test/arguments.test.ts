import {
  collectGarbage,
  createDataset,
  type IngestorOptions,
  openDataset,
  type PublishOptions,
} from "@pocaduck/ingest";
import { openQuery, type Query } from "@pocaduck/query";
import { MemoryStore } from "@pocaduck/storage";
import { beforeAll, describe, expect, test } from "vitest";

const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
const store = new MemoryStore();
let query: Query;

beforeAll(async () => {
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  for (const label of [1n, 2n, 3n]) await ingestor.write("b", label, { positions: [1, 2, 3] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  query = await openQuery(store);
});

/** As JavaScript would call it. */
const wrong = (value: unknown): never => value as never;

describe("a wrong argument is named, with what it must be and what it is:", () => {
  test.for<[string, () => Promise<unknown>, RegExp]>([
    ["no store", () => createDataset(wrong("./fly"), { axes }), /`store`.*the string ".\/fly"/],
    ["none to open", () => openDataset(wrong("./fly")), /`store` to be a store.*"\.\/fly"/],
    ["none to read", () => openQuery(wrong("./fly")), /`store` to be a store.*"\.\/fly"/],
    ["a store without a method", () => openQuery(wrong({ get() {} })), /without `getRange`/],
    ["no schema", () => createDataset(new MemoryStore(), wrong(undefined)), /`axes`.*undefined/],
    ["an empty one", () => createDataset(new MemoryStore(), wrong({})), /`axes` to be a list/],
    ["a version of text", () => openQuery(store, { version: wrong("1") }), /`version`.*"1"/],
    ["a cache below 0", () => openQuery(store, { cacheSize: -1 }), /`cacheSize`.*got -1/],
    ["a label of text", () => query.points(wrong("1")), /`label` to be a bigint, got string "1"/],
    ["no label", () => query.points(wrong(undefined)), /`label` to be a bigint, got undefined$/],
    ["a label below 0", () => query.points(-1n), /`label` to be from 0 to 2\^64-1, got -1n/],
    ["labels of one", () => collect(query.pointsOf(wrong(7n))), /`labels` to be iterable, got 7n/],
    ["a number in labels", () => collect(query.pointsOf(wrong([7]))), /`label`.*number 7/],
    ["no block", () => query.labelsIn(wrong(7)), /`block` to be a string, got 7/],
    ["no box", () => query.within(7n, wrong(undefined)), /`box.min` to be 3 numbers, got undef/],
    ["a flat box", () => within([0, 0], [1, 1]), /`box.min` to be 3 numbers, got \[0,0\]/],
    ["NaN in a box", () => within([0, 0, 0], [1, NaN, 1]), /`box.max`.*got \[1,NaN,1\]/],
    ["a box upside down", () => within([0, 5, 0], [9, 4, 9]), /above `box.max`, got 5 and 4 at 1/],
    ["a gap below 0", () => query.points(1n, { gap: -1 }), /`gap` to be an integer from 0/],
    ["no requests", () => query.points(1n, { concurrency: 0 }), /`concurrency`.*from 1, got 0/],
    ["a limit of text", () => collect(query.labels({ limit: wrong("x") })), /`limit`.*got "x"/],
    ["after a number", () => collect(query.labels({ after: wrong(1) })), /`after` to be a bigint/],
    ["a grace of text", () => collectGarbage(store, { graceMs: wrong("") }), /`graceMs`.*got ""/],
    ["no time", () => collectGarbage(store, { now: NaN }), /`now` to be a number from 0, got NaN/],
  ])("%s", async ([, call, message]) => {
    const error = await call().catch((error: unknown) => error);
    expect(error).toSatisfy((each) => each instanceof TypeError || each instanceof RangeError);
    expect(String(error)).toMatch(message);
  });

  test.for<[IngestorOptions, RegExp]>([
    [{ bufferBlocks: 0 }, /`bufferBlocks` to be an integer from 1, got 0/],
    [{ bufferBlocks: -1 }, /`bufferBlocks`.*got -1/],
    [{ bufferSize: wrong("x") }, /`bufferSize`.*got "x"/],
    [{ fileSize: NaN }, /`fileSize`.*got NaN/],
    [{ commitBlocks: 0.5 }, /`commitBlocks`.*got 0.5/],
    [{ keepDuplicates: wrong("no") }, /`keepDuplicates` to be true or false, got "no"/],
    [{ worker: wrong(17) }, /`worker` to be a well-formed string, got 17/],
  ])("ingestor(%o)", async ([options, message]) => {
    const dataset = await openDataset(store);
    expect(() => dataset.ingestor(options)).toThrow(message);
  });

  test.for<[PublishOptions, RegExp]>([
    [{ process: wrong("zzz") }, /`process` to be "own" or "this", got "zzz"/],
    [{ attempts: 0 }, /`attempts` to be an integer from 1, got 0/],
    [{ tool: wrong(5) }, /`tool` to be a well-formed string, got 5/],
    [{ scratch: wrong(5) }, /`scratch`.*got 5/],
    [{ memoryMb: 10 }, /`memoryMb` to be an integer from 300, got 10/],
    [{ threads: wrong("2") }, /`threads`.*got "2"/],
  ])("publish(%o), also of nothing new", async ([options, message]) => {
    const dataset = await openDataset(store);
    await expect(dataset.publish(options)).rejects.toThrow(message);
  });

  test.for<[string, unknown[], RegExp]>([
    ["no points", ["b", 7n], /block "b": expected `positions` to be a list of numbers, got undef/],
    ["labels beside a label", ["b", 7n, { positions: [], labels: [] }], /`labels`.*no such attr/],
    ["no block", [5, 7n, { positions: [] }], /`block` to be a string, got 5/],
    ["a block of half a character", ["\ud800", 7n, { positions: [] }], /`block`.*surrogate/],
    ["one too long", ["x".repeat(1e5), 7n, { positions: [] }], /65,536 UTF-16.*got 100,000/],
  ])("write of %s", async ([, words, message]) => {
    await using ingestor = (await openDataset(store)).ingestor();
    const write = ingestor.write(...(words as Parameters<typeof ingestor.write>));
    await expect(write).rejects.toThrow(message);
    expect(await ingestor.commit()).toBeUndefined();
  });

  test("writeBlock of nothing", async () => {
    await using ingestor = (await openDataset(store)).ingestor();
    await expect(ingestor.writeBlock("b", wrong(undefined))).rejects.toThrow(/`positions`/);
    await expect(ingestor.writeBlock("b", wrong({ positions: [] }))).rejects.toThrow(/`labels`/);
  });
});

test("labels come up to a limit, after a label", async () => {
  const labels = async (options: { after?: bigint; limit?: number }): Promise<bigint[]> =>
    (await collect(query.labels(options))).map(({ label }) => label);
  expect(await labels({ limit: 0 })).toEqual([]);
  expect(await labels({ limit: 2 })).toEqual([1n, 2n]);
  expect(await labels({ limit: 9, after: 2n })).toEqual([3n]);
});

test("a box may be open", async () => {
  expect((await within([-Infinity, 2, 0], [Infinity, 2, 3])).length).toBe(1);
});

function within(min: number[], max: number[]): ReturnType<Query["within"]> {
  return query.within(1n, { min, max });
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
