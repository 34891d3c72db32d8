import { collectGarbage, createDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { type ListOptions, MemoryStore, type ObjectMeta } from "@pocaduck/storage";
import { expect, test } from "vitest";

/** Lists what was there when `catchUp` was called last, as stores without consistent listings do. */
class LateStore extends MemoryStore {
  readonly #listed = new Set<string>();

  async catchUp(): Promise<void> {
    for await (const { key } of super.list("")) this.#listed.add(key);
  }

  override async *list(prefix: string, options?: ListOptions): AsyncGenerator<ObjectMeta> {
    for await (const meta of super.list(prefix, options)) {
      if (this.#listed.has(meta.key)) yield meta;
    }
  }
}

test("a listing that comes late hides nothing from readers, and loses no commit", async () => {
  const store = new LateStore();
  const dataset = await createDataset(store, { axes: [{ name: "x" }] });
  const commit = async (block: string, x: number): Promise<void> => {
    await using ingestor = dataset.ingestor();
    await ingestor.write(block, 7n, { positions: [x] });
    await ingestor.commit();
  };
  const points = async (): Promise<number[]> =>
    Array.from((await (await openQuery(store)).points(7n)).positions as Int32Array).toSorted();
  await commit("a", 1);
  await store.catchUp();
  await dataset.publish({ process: "this" });
  // Of this version nothing is listed yet.
  expect(await points()).toEqual([1]);
  await commit("b", 2);
  await dataset.publish({ process: "this" });
  expect(await points()).toEqual([1]);
  expect(await collectGarbage(store)).toMatchObject({ deleted: 0 });
  await store.catchUp();
  await dataset.publish({ process: "this" });
  expect(await points()).toEqual([1, 2]);
  const tomorrow = Date.now() + 90_000_000;
  await collectGarbage(store, { now: tomorrow });
  expect(await points()).toEqual([1, 2]);
});
