import { createDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { MemoryStore } from "@pocaduck/storage";
import { expect, test } from "vitest";

test("readers who read all the time while versions are published see one version each, whole", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes: [{ name: "version" }] });
  const blocks = ["a", "b", "c", "d"];
  // In version n every block has the point n, so an answer of two versions would show.
  const publish = async (version: number): Promise<void> => {
    await using ingestor = dataset.ingestor({ commitBlocks: 1 });
    for (const block of blocks) await ingestor.write(block, 7n, { positions: [version] });
    await ingestor.commit();
    expect((await dataset.publish({ process: "this", threads: 1 })).version).toBe(version);
  };
  await publish(1);
  let [done, reads] = [false, 0];
  const seen = new Set<number>();
  const read = async (): Promise<void> => {
    while (!done) {
      const query = await openQuery(store);
      await new Promise((resolve) => setTimeout(resolve, reads % 5));
      const { positions, version } = await query.points(7n);
      expect(Array.from(positions, Number)).toEqual(blocks.map(() => version));
      expect(query.version).toBe(version);
      seen.add(version);
      reads++;
    }
  };
  const readers = [read(), read(), read(), read()];
  for (let version = 2; version <= 12; version++) await publish(version);
  done = true;
  await Promise.all(readers);
  expect(reads).toBeGreaterThan(50);
  expect(seen.size).toBeGreaterThan(5);
}, 60_000);
