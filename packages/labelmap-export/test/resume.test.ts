import { MemoryStore, type Store } from "@pocaduck/storage";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { createLabelmap, post, postBlocks, someBlocks } from "../../labelmap/test/dvid/fixture.ts";
import {
  type ExportRequest,
  ParquetSink,
  type RunStatus,
  readManifest,
  readPlan,
  runWorker,
  serveExports,
} from "../src/index.ts";
import { exportable } from "./labelmap-fixture.ts";
import { objectsOf, rowsOf } from "./read-export.ts";

const server = await available(startDvid);
afterAll(() => server?.stop());
const quick = { pollMs: 50, leaseMs: 1000, waitMs: 3000 };

describe.skipIf(!server)("a sink that is not empty (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const request = async () => ({ uuid: (await version) ?? "", data: "seg", shardBits: 3 });

  /** What became of an export, and of each of its workers. */
  async function exportInto(
    stores: readonly Store[],
    asked: ExportRequest,
  ): Promise<{ status: RunStatus; workers: PromiseSettledResult<{ tasks: number }>[] }> {
    await using service = await serveExports({ server: url, ...quick });
    const running = Promise.allSettled(
      stores.map((store, index) =>
        runWorker(service.uri, new ParquetSink(store), { name: `worker ${index}` }),
      ),
    );
    const { over } = await service.start(asked, stores.length);
    const status = await over;
    service.end();
    return { status, workers: await running };
  }

  test("tasks whose file is gone or cut, or whose receipt says nothing, are written again", async () => {
    const store = new MemoryStore();
    const layout = { ...(await request()), cells: { count: 1, size: 64 } };
    await exportInto([store], layout);
    const whole = new Map<string, Uint8Array | undefined>();
    for (const { key } of await objectsOf(store)) whole.set(key, await store.get(key));
    const files = [...whole.keys()].filter((key) => /^blocks.*parquet$/.test(key));
    const [gone = "", cut = "", unread = "", other = ""] = files;
    await store.delete(gone);
    await store.put(cut, (await store.get(cut))?.subarray(0, 100) ?? new Uint8Array());
    const receipt = (key: string): string => `receipts/${key.replace(".parquet", ".json")}`;
    await store.put(receipt(unread), Buffer.from("{"));
    await store.put(receipt(other), Buffer.from("{}"));
    const [overflow = ""] = [...whole.keys()].filter((key) => key.startsWith("overflow/"));
    await store.delete(overflow);

    const { status, workers } = await exportInto([store], layout);
    expect(status).toMatchObject({ state: "done", failures: [] });
    expect(workers).toMatchObject([{ status: "fulfilled" }]);
    expect(await rowsOf(store, "blocks")).toHaveLength(8);
    for (const { key } of await objectsOf(store)) {
      if (key !== "manifest.json") expect(await store.get(key), key).toEqual(whole.get(key));
    }
    expect((await objectsOf(store)).length).toBe(whole.size);
  });

  test("workers with a sink each do not make an export that is called whole", async () => {
    const stores = [new MemoryStore(), new MemoryStore()];
    const asked = { ...(await request()), shardBits: 0 };
    const { status } = await exportInto(stores, asked);
    const error = expect.stringMatching(/\d+ of \d+ tasks are not in this sink, .*the same sink/);
    expect(status).toMatchObject({ state: "failed", error });
    for (const store of stores) expect(await readManifest(store)).toBeUndefined();
    // With one sink it goes on.
    const [store] = stores as [MemoryStore, MemoryStore];
    expect((await exportInto([store], asked)).status).toMatchObject({ state: "done" });
    expect(await rowsOf(store, "blocks")).toHaveLength(8);
  });

  test.each([
    "blocks/s0/old.parquet",
    "receipts/blocks/s0/00000.json",
    "indices/1.parquet",
    "manifest.json",
  ])("%s of an export that nobody knows is not mixed with another's", async (key) => {
    const store = new MemoryStore();
    await store.put(key, Buffer.from("old"));
    const { status, workers } = await exportInto([store], await request());
    const told = expect.stringContaining(`the sink has ${key}, and no export.json`);
    expect(status).toMatchObject({ state: "failed", error: told });
    expect(workers).toMatchObject([{ status: "rejected", reason: { code: "other-export" } }]);
    expect(await objectsOf(store)).toHaveLength(1);
  });

  test.each(["{", "[1,2]", "null", '{"id":7}'])("export.json of %s is told", async (json) => {
    const store = new MemoryStore();
    await store.put("export.json", Buffer.from(json));
    await using service = await serveExports({ server: url, ...quick });
    await expect(runWorker(service.uri, new ParquetSink(store))).rejects.toMatchObject({
      code: "corrupt",
      message: expect.stringContaining("export.json"),
    });
  });

  test("an open version that moved between two runs is told as moved", async () => {
    const uuid = await createLabelmap(url);
    const seg = `${url}/api/node/${uuid}/seg`;
    await postBlocks(seg, 0, someBlocks());
    const store = new MemoryStore();
    const asked = { uuid, data: "seg", shardBits: 0, scales: [0], allowOpen: true };
    {
      await using service = await serveExports({ server: url, ...quick });
      const sink = new ParquetSink(store);
      const { write } = sink;
      const { promise: written, resolve } = Promise.withResolvers<void>();
      sink.write = (...about) => write.apply(sink, about).finally(resolve);
      const worker = runWorker(service.uri, sink);
      const { id } = await service.start(asked, 1);
      await written;
      service.cancel(id, { keep: true });
      service.end();
      await worker;
    }
    const first = await readPlan(store);
    await post(`${seg}/merge`, "[1,2]");
    expect((await exportInto([store], asked)).status).toMatchObject({ state: "done", moved: true });
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ moved: true, plan: { source: first?.source } });
    // Nothing moves from here on, but the rows remain those of two states.
    expect((await exportInto([store], asked)).status).toMatchObject({ moved: true });
  });
});
