import { createDataset, type Dataset, isIngestError, openDataset } from "@pocaduck/ingest";
import { isQueryError, openQuery } from "@pocaduck/query";
import type { Store } from "@pocaduck/storage";

/** A small world: six blocks of three labels, scanned by two workers, one of them written anew after the first version. */
const blocks = ["0_0_0", "1_0_0", "0_1_0", "1_1_0", "0_0_1", "1_0_1"];
const labels = [7n, 2n ** 53n + 1n, 2n ** 64n - 1n];
const rewritten = "1_1_0";

/** What an operator remembers between crashes: which steps were reported done. */
export interface Progress {
  /** Steps reported done: 0 none, 1 the first version, 2 the second. */
  steps: number;
}

/** Points of each label, sorted, as text; labels ascend. */
export type Answers = Record<string, string>;

/** What readers have to see of version 1 and of version 2: told by what the workers were given, not by what was stored. */
export function truth(): Answers[] {
  return [0, 500].map((shift) => {
    const points = new Map<bigint, string[]>(labels.map((label) => [label, []]));
    for (const block of blocks) {
      const { labels: each, positions } = content(block, block === rewritten ? shift : 0);
      for (const [i, label] of each.entries()) {
        points.get(label)?.push(positions.slice(3 * i, 3 * i + 3).join(" "));
      }
    }
    return Object.fromEntries(
      Array.from(points, ([label, each]) => [String(label), each.sort().join("; ")]),
    );
  });
}

/** Works through all that is not reported done yet. Each version is published by so many publishers at once. */
export async function operate(store: Store, progress: Progress, publishers = 1): Promise<void> {
  const dataset = await openOrCreate(store);
  if (progress.steps === 0) {
    await Promise.all([0, 1].map((worker) => scan(dataset, worker)));
    await publish(dataset, publishers);
    progress.steps = 1;
  }
  if (progress.steps === 1) {
    const again = await openDataset(store);
    await using ingestor = again.ingestor({ worker: "again" });
    await ingestor.writeBlock(rewritten, content(rewritten, 500));
    await ingestor.commit();
    await publish(again, publishers);
    progress.steps = 2;
  }
}

/** By rivals at once. When one fails the others go on, as other processes would, also after a restart. */
async function publish(dataset: Dataset, publishers: number): Promise<void> {
  await Promise.all(
    Array.from({ length: publishers }, async (_, at) => {
      const mine = at === 0 ? dataset : await openDataset(dataset.store);
      await mine.publish({ process: "this", threads: 1 });
    }),
  );
}

/** What readers see, of the last version unless said; `undefined` before the first version. */
export async function answers(
  store: Store,
  version?: number,
): Promise<[version: number, Answers] | undefined> {
  try {
    const query = await openQuery(store, { version });
    const found: Answers = {};
    for await (const { label } of query.labels()) {
      const { positions, length } = await query.points(label);
      if ((await query.count(label)) !== length) throw new Error("count differs from points");
      const points = Array.from({ length }, (_, i) => positions.slice(3 * i, 3 * i + 3).join(" "));
      found[String(label)] = points.sort().join("; ");
    }
    return [query.version, found];
  } catch (error) {
    if (isQueryError(error, "not-found", "unpublished")) return undefined;
    throw error;
  }
}

async function openOrCreate(store: Store): Promise<Dataset> {
  try {
    return await createDataset(store, { axes: [{ name: "x" }, { name: "y" }, { name: "z" }] });
  } catch (error) {
    if (!isIngestError(error, "exists")) throw error;
    return openDataset(store);
  }
}

/** Worker 0 and worker 1 share the third block, as a retried task would. */
async function scan(dataset: Dataset, worker: number): Promise<void> {
  const done = await dataset.committedBlocks();
  await using ingestor = dataset.ingestor({ worker: String(worker), commitBlocks: 2 });
  const share = worker === 0 ? blocks.slice(0, 3) : blocks.slice(2);
  for (const block of share) {
    if (!done.has(block)) await ingestor.writeBlock(block, content(block, 0));
  }
  await ingestor.commit();
}

function content(block: string, shift: number) {
  const number = blocks.indexOf(block);
  const rows = Array.from({ length: 12 + number }, (_, i) => i);
  return {
    labels: BigUint64Array.from(rows, (i) => labels[(i + number) % labels.length] as bigint),
    positions: Int32Array.from(rows.flatMap((i) => [number * 100 + i, shift + (i % 4), i % 3])),
  };
}
