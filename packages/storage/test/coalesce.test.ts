import fc from "fast-check";
import { expect, test } from "vitest";
import { CountingStore, coalesce, isStoreError, MemoryStore, readRanges } from "../src/index.ts";

const size = 10_000;
const object = Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251);

async function filled(): Promise<CountingStore> {
  const store = new MemoryStore();
  await store.put("a", object);
  return new CountingStore(store);
}

const slices = fc.array(
  fc.record({ offset: fc.nat({ max: size }), length: fc.nat({ max: size }) }),
  { maxLength: 40 },
);

test("any ranges, merged in any way, give what each gives alone", async () => {
  const store = await filled();
  const limits = fc.record({ gap: fc.nat({ max: 2000 }), cap: fc.nat({ max: 5000 }) });
  await fc.assert(
    fc.asyncProperty(slices, limits, async (ranges, options) => {
      const expected = ranges.map(({ offset, length }) => object.slice(offset, offset + length));
      expect(await readRanges(store, "a", ranges, options)).toEqual(expected);
    }),
  );
});

test("runs neither overlap within the gap nor exceed the cap, unless one range does", () => {
  fc.assert(
    fc.property(slices, fc.nat({ max: 2000 }), fc.nat({ max: 5000 }), (ranges, gap, cap) => {
      const runs = coalesce(ranges, { gap, cap });
      expect(runs.flatMap((run) => run.members).sort()).toEqual(ranges.map((_, i) => i).sort());
      for (const { length, members } of runs) {
        const longest = Math.max(...members.map((i) => ranges[i]?.length ?? 0));
        expect(length).toBeLessThanOrEqual(Math.max(cap, longest));
      }
    }),
  );
});

test("near ranges share a request, far ones do not", async () => {
  const store = await filled();
  const ranges = [0, 100, 5000].map((offset) => ({ offset, length: 10 }));
  await readRanges(store, "a", ranges, { gap: 90 });
  expect(store.requests).toBe(2);
  expect(store.bytesRead).toBe(120);
  store.reset();
  await readRanges(store, "a", ranges, { gap: 89 });
  expect(store.requests).toBe(3);
});

test("10,000 ranges stay below the cap of requests in flight", async () => {
  const inner = await filled();
  let now = 0;
  let most = 0;
  const store = {
    ...inner,
    get: inner.get.bind(inner),
    head: inner.head.bind(inner),
    list: inner.list.bind(inner),
    async getRange(...call: Parameters<typeof inner.getRange>) {
      most = Math.max(most, ++now);
      await new Promise((resolve) => setImmediate(resolve));
      now--;
      return inner.getRange(...call);
    },
  };
  const ranges = object.reduce<{ offset: number; length: number }[]>((all, _, offset) => {
    all.push({ offset, length: 1 });
    return all;
  }, []);
  const bodies = await readRanges(store, "a", ranges, { gap: 0, cap: 1, concurrency: 17 });
  expect(bodies?.map((body) => body[0])).toEqual([...object]);
  expect(most).toBe(17);
});

test("an absent object is undefined, a range past the end invalid-range", async () => {
  const store = await filled();
  expect(await readRanges(store, "b", [{ offset: 0, length: 1 }])).toBeUndefined();
  const ranges = [9_990, size, size + 1].map((offset) => ({ offset, length: 20 }));
  const read = readRanges(store, "a", ranges);
  await expect(read).rejects.toSatisfy((error) => isStoreError(error, "invalid-range"));
  expect((await readRanges(store, "a", ranges.slice(0, 2)))?.map((body) => body.length)).toEqual([
    10, 0,
  ]);
});
