import {
  collectGarbage,
  createDataset,
  type Dataset,
  type Ingestor,
  openDataset,
  verifyDataset,
} from "@pocaduck/ingest";
import { openQuery, type Query } from "@pocaduck/query";
import { CountingReader, MemoryStore, type ReadableStore, type Store } from "@pocaduck/storage";
import { FaultStore } from "@pocaduck/storage/testing";
import { beforeAll, describe, expect, test } from "vitest";

const axes = [{ name: "x" }];
const reason = new Error("enough");

let published: MemoryStore;
beforeAll(async () => {
  published = await makeDataset();
});

/** A version of two commits, and a commit that waits. */
async function makeDataset(): Promise<MemoryStore> {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  for (const block of ["a", "b", "c"]) {
    await using ingestor = dataset.ingestor();
    for (const label of [1n, 2n]) await ingestor.write(block, label, { positions: [1, 2, 3] });
    await ingestor.commit();
    if (block === "b") await dataset.publish({ process: "this", threads: 1 });
  }
  return store;
}

type Options = { signal?: AbortSignal };

const reads: [string, (query: Query, options: Options) => Promise<unknown>][] = [
  ["points", (query, options) => query.points(1n, options)],
  ["stream", (query, options) => collect(query.stream(1n, options))],
  ["pointsOf", (query, options) => collect(query.pointsOf([1n, 2n], options))],
  ["within", (query, options) => query.within(1n, { min: [2], max: [3] }, options)],
  ["blocks", (query, options) => query.blocks(1n, options)],
  ["count", (query, options) => query.count(1n, options)],
  ["count of distinct", (query, options) => query.count(1n, { unique: true, ...options })],
  ["labels", (query, options) => collect(query.labels(options))],
  ["labelsIn", (query, options) => query.labelsIn("a", options)],
  ["blockTable", (query, options) => query.blockTable(options)],
  ["explain", (query, options) => query.explain(1n, options)],
];

describe.for(reads)("%s", ([, read]) => {
  test("asks for nothing once aborted, also of what it has", async () => {
    const reader = new CountingReader(published);
    const query = await openQuery(reader);
    reader.reset();
    const signal = AbortSignal.abort(reason);
    await expect(read(query, { signal })).rejects.toBe(reason);
    expect(reader.requests).toBe(0);
    await read(query, {});
    await expect(read(query, { signal })).rejects.toBe(reason);
  });

  test("ends at whichever request it is aborted, and the query answers as before", async () => {
    const undisturbed = new FaultStore(published, []);
    const query = await openQuery(undisturbed);
    const opened = undisturbed.calls;
    const truth = await read(query, {});
    expect(undisturbed.calls).toBeGreaterThan(opened);
    for (let at = opened + 1; at <= undisturbed.calls; at++) {
      const store = new FaultStore(published, [{ at, kind: "hang", when: "before" }]);
      const query = await openQuery(store);
      await expect(abortedAt(store, (signal) => read(query, { signal }))).rejects.toBe(reason);
      expect(await read(query, {})).toEqual(truth);
    }
  });

  test("goes on for one caller while another one gives up", async () => {
    const truth = await read(await openQuery(published), {});
    const gate = new Gate(published);
    const query = await openQuery(gate);
    gate.close();
    const stop = new AbortController();
    const first = read(query, { signal: stop.signal });
    await gate.waiting;
    const others = [read(query, {}), read(query, { signal: new AbortController().signal })];
    stop.abort(reason);
    await expect(first).rejects.toBe(reason);
    gate.open();
    for (const other of others) expect(await other).toEqual(truth);
  });
});

test("what everybody gave up is not read to the end, and read again by the next", async () => {
  const gate = new Gate(published);
  const query = await openQuery(gate);
  gate.close();
  const stop = new AbortController();
  const { signal } = stop;
  const waiting = [query.count(1n, { signal }), query.count(1n, { signal })];
  await gate.waiting;
  stop.abort(reason);
  // Before the aborted load has ended.
  const next = query.count(1n);
  await Promise.all(waiting.map((each) => expect(each).rejects.toBe(reason)));
  expect(gate.aborted).toBe(1);
  gate.open();
  expect(await next).toBe(6);
});

type Work = (store: Store, options: Options) => Promise<unknown>;

const looks: [string, Work][] = [
  ["openQuery", (store, options) => openQuery(store, options)],
  ["openDataset", (store, options) => openDataset(store, options)],
  ["progress", async (store, options) => (await openDataset(store, options)).progress(options)],
  ["verifyDataset", (store, options) => verifyDataset(store, options)],
];

test.for(looks)("%s ends when aborted, before and at whichever request", async ([, work]) => {
  await expect(work(published, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const undisturbed = new FaultStore(published, []);
  await work(undisturbed, {});
  for (let at = 1; at <= undisturbed.calls; at++) {
    const store = new FaultStore(published, [{ at, kind: "hang", when: "before" }]);
    const run = abortedAt(store, (signal) => work(store, { signal }));
    await expect(run, `call ${at}`).rejects.toBe(reason);
  }
});

const writes: [string, Work][] = [
  ["write", (store, options) => writing(store, options, (each) => each.write("f", 1n, points))],
  [
    "writeBlock",
    (store, options) => writing(store, options, (each) => each.writeBlock("f", block)),
  ],
  ["commit", (store, options) => writing(store, options, (each) => each.commit())],
  ["publish", async (store, options) => publish(await openDataset(store, options), options)],
  ["collectGarbage", (store, options) => collectGarbage(store, options)],
];
const points = { positions: [1, 2] };
const block = { labels: BigUint64Array.of(1n, 2n), positions: [1, 2] };

/** Runs `step` on an ingestor that has a full buffer, so that it has something to store. */
async function writing(
  store: Store,
  options: Options,
  step: (ingestor: Ingestor) => Promise<unknown>,
): Promise<unknown> {
  const dataset = await openDataset(store, options);
  await using ingestor = dataset.ingestor({ bufferBlocks: 1, ...options });
  await ingestor.write("d", 1n, points);
  await ingestor.write("e", 1n, points);
  return await step(ingestor);
}

function publish(dataset: Dataset, options: Options): Promise<unknown> {
  return dataset.publish({ process: "this", threads: 1, ...options });
}

describe.for(writes)("%s", ([, work]) => {
  test("ends at once when aborted before", async () => {
    const store = await makeDataset();
    await expect(work(store, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  test("ends at whichever request it is aborted, and nothing is lost", async () => {
    const undisturbed = new FaultStore(await makeDataset(), []);
    await work(undisturbed, {});
    for (let at = 1; at <= undisturbed.calls; at++) {
      const memory = await makeDataset();
      const store = new FaultStore(memory, [{ at, kind: "hang", when: "before" }]);
      const run = abortedAt(store, (signal) => work(store, { signal }));
      await expect(run, `call ${at}`).rejects.toBe(reason);
      await publish(await openDataset(memory), {});
      const query = await openQuery(memory);
      for (const block of ["a", "b", "c"]) expect((await query.labelsIn(block)).length).toBe(2);
      expect((await verifyDataset(memory)).damage).toEqual([]);
    }
  }, 60_000);
});

/** Runs `work` until a call of `store` hangs, and aborts it then. */
async function abortedAt(
  store: FaultStore,
  work: (signal: AbortSignal) => Promise<unknown>,
): Promise<unknown> {
  const stop = new AbortController();
  void store.stopped.then(() => stop.abort(reason));
  return work(stop.signal);
}

/** Lets reads through or makes them wait, as a slow network does. */
class Gate extends CountingReader {
  aborted = 0;
  #gate = Promise.withResolvers<void>();
  #waiting = Promise.withResolvers<void>();

  constructor(store: ReadableStore) {
    super(store);
    this.open();
  }

  close(): void {
    this.#gate = Promise.withResolvers();
    this.#waiting = Promise.withResolvers();
  }

  open(): void {
    this.#gate.resolve();
  }

  /** Settles when a read waits. */
  get waiting(): Promise<void> {
    return this.#waiting.promise;
  }

  override async get(key: string, options: Options = {}): Promise<Uint8Array | undefined> {
    await this.#pass(options);
    return super.get(key, options);
  }

  override async getRange(
    ...[key, range, options = {}]: Parameters<ReadableStore["getRange"]>
  ): Promise<Uint8Array | undefined> {
    await this.#pass(options);
    return super.getRange(key, range, options);
  }

  async #pass({ signal }: { signal?: AbortSignal | undefined }): Promise<void> {
    const aborted = Promise.withResolvers<never>();
    const stop = (): void => {
      this.aborted++;
      aborted.reject(signal?.reason);
    };
    signal?.addEventListener("abort", stop);
    this.#waiting.resolve();
    await Promise.race([this.#gate.promise, aborted.promise]);
    signal?.removeEventListener("abort", stop);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
