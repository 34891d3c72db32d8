import { createDataset, openDataset } from "@pocaduck/ingest";
import { isQueryError, openQuery } from "@pocaduck/query";
import { MemoryStore } from "@pocaduck/storage";
import { expect, test } from "vitest";

/** A small dataset with every kind of object, and every one of its answers as text. */
async function smallDataset(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const dataset = await createDataset(store, {
    axes: [{ name: "x" }, { name: "y" }, { name: "z" }],
    attributes: { supervoxel: "uint64", kind: "string" },
  });
  await using ingestor = dataset.ingestor();
  for (const block of ["a", "b"]) {
    for (const label of [1n, 2n ** 63n]) {
      const rows = [0, 1, 2, 3];
      await ingestor.write(block, label, {
        positions: rows.flatMap((row) => [row * 3, row ^ 1, block.charCodeAt(0)]),
        supervoxel: rows,
        kind: rows.map((row) => `kind ${row % 2}`),
      });
    }
  }
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  return store;
}

async function answers(store: MemoryStore): Promise<string> {
  const query = await openQuery(store);
  const seen: unknown[] = [query.version, query.manifest.totals];
  for await (const each of query.labels()) seen.push(each, await query.points(each.label));
  seen.push(await query.labelsIn("a"), await query.blocks(1n), await query.blockTable());
  return JSON.stringify(seen, (_, value) => (typeof value === "bigint" ? `${value}n` : value));
}

/** Errors that name damage; anything else that is thrown would be a fault of ours. */
function isDamage(error: unknown): boolean {
  if (isQueryError(error, "unknown-version", "unpublished", "not-found")) return true;
  return error instanceof Error && error.name === "FormatError";
}

async function keysOf(store: MemoryStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list("")) if (!key.endsWith(".duckdb")) keys.push(key);
  return keys;
}

test("whichever bit of whichever object is flipped, it is found out or harmless", async () => {
  const store = await smallDataset();
  const truth = await answers(store);
  let found = 0;
  for (const key of await keysOf(store)) {
    const bytes = (await store.get(key)) as Uint8Array;
    for (let at = 0; at < bytes.length; at++) {
      const bad = bytes.slice();
      bad[at] = (bad[at] as number) ^ (1 << ((at * 5 + 3) % 8));
      await store.put(key, bad);
      try {
        expect(await answers(store), `${key}, byte ${at}`).toBe(truth);
      } catch (error) {
        if (!isDamage(error)) throw error;
        found++;
      }
    }
    await store.put(key, bytes);
  }
  expect(found).toBeGreaterThan(1000);
}, 60_000);

test("so it is with objects cut short, emptied or gone", async () => {
  const store = await smallDataset();
  const truth = await answers(store);
  for (const key of await keysOf(store)) {
    const bytes = (await store.get(key)) as Uint8Array;
    for (const size of [0, 1, bytes.length >> 1, bytes.length - 1, undefined]) {
      if (size === undefined) await store.delete(key);
      else await store.put(key, bytes.slice(0, size));
      try {
        expect(await answers(store), `${key}, ${size} bytes`).toBe(truth);
      } catch (error) {
        if (!isDamage(error)) throw error;
        expect(String(error)).toMatch(/"[^"]+"|version|dataset/);
      }
    }
    await store.put(key, bytes);
  }
});

test("damage of what only publishers read stops them, and the old version stays", async () => {
  const store = await smallDataset();
  const truth = await answers(store);
  const dataset = await openDataset(store);
  await using ingestor = dataset.ingestor();
  await ingestor.write("c", 3n, { positions: [1, 2, 3], supervoxel: [1], kind: ["x"] });
  await ingestor.commit();
  for (const key of (await keysOf(store)).filter((each) => /extents|sources|commits/.test(each))) {
    const bytes = (await store.get(key)) as Uint8Array;
    const bad = bytes.slice();
    bad[bytes.length >> 1] = (bad[bytes.length >> 1] as number) ^ 4;
    await store.put(key, bad);
    const published = await dataset.publish({ process: "this" }).catch((error: unknown) => error);
    if (published instanceof Error) expect(published.name).toBe("FormatError");
    else
      expect(key, "an extents file of an absorbed commit is not read again").toMatch(
        /extents|commits/,
      );
    await store.put(key, bytes);
    if (published instanceof Error) expect(await answers(store)).toBe(truth);
    else return;
  }
});
