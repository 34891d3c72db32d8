import { expect, test } from "vitest";
import { ChunkCache } from "../src/chunk-cache.ts";

const numbers = (capacity: number) => new ChunkCache<number>(capacity, (size) => size);

test("what was used last is kept, up to the capacity", async () => {
  const cache = numbers(10);
  const loads: string[] = [];
  const get = (key: string, size: number) =>
    cache.get(key, async () => {
      loads.push(key);
      return size;
    });
  for (const key of ["a", "b", "a", "c", "a", "b"]) await get(key, 5);
  expect(loads).toEqual(["a", "b", "c", "b"]);
});

test("callers that ask at once share one load", async () => {
  const cache = numbers(10);
  let loads = 0;
  const load = async () => ++loads;
  expect(await Promise.all([cache.get("a", load), cache.get("a", load)])).toEqual([1, 1]);
});

test("a failed load is tried again", async () => {
  const cache = numbers(10);
  await expect(cache.get("a", () => Promise.reject(new Error("torn")))).rejects.toThrow("torn");
  expect(await cache.get("a", async () => 4)).toBe(4);
});

test("a value above the capacity is kept until the next", async () => {
  const cache = numbers(10);
  let loads = 0;
  const load = async () => {
    loads++;
    return 50;
  };
  await cache.get("a", load);
  await cache.get("a", load);
  expect(loads).toBe(1);
  await cache.get("b", load);
  await cache.get("a", load);
  expect(loads).toBe(3);
});
