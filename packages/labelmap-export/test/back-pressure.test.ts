import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { encodeBlock, type Triple } from "@pocaduck/labelmap";
import { writeFrames } from "@pocaduck/labelmap/dvid";
import { MemoryStore } from "@pocaduck/storage";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { createLabelmap, post } from "../../labelmap/test/dvid/fixture.ts";
import { ParquetSink, runWorker, serveExports } from "../src/index.ts";
import { proxy } from "./proxy.ts";

const server = await available(startDvid);
afterAll(() => server?.stop());
const shape: Triple = [8, 8, 12];
const count = shape[0] * shape[1] * shape[2];

describe.skipIf(!server)("a slow worker (needs Go or Docker)", () => {
  const url = server?.url ?? "";

  /** Blocks that no compression makes smaller: a committed version, and the bytes of each as DVID sends it. */
  async function noise(): Promise<{ uuid: string; size: number }> {
    const uuid = await createLabelmap(url);
    let seed = 1;
    const voxels = BigUint64Array.from({ length: 64 ** 3 }, () => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return BigInt(1 + (seed >>> 28));
    });
    const payload = gzipSync(encodeBlock(voxels, { shape: [64, 64, 64] }));
    const blocks = `${url}/api/node/${uuid}/seg/blocks?compression=blocks&noindexing=true`;
    for (let z = 0; z < shape[2]; z++) {
      const layer = Array.from({ length: shape[0] * shape[1] }, (_, at) => {
        const block: Triple = [at % shape[0], Math.floor(at / shape[0]), z];
        return { block, payload };
      });
      await post(blocks, writeFrames(layer));
    }
    await post(`${url}/api/node/${uuid}/commit`, '{"note":"done"}');
    return { uuid, size: payload.length + 16 };
  }

  test("bounds what the service has fetched and the worker has not taken", async () => {
    const { uuid, size } = await noise();
    // Two answers of a layer each, Flight's window, and the 16 messages that a stream of Node's takes before it stops.
    const bound = 2 * shape[0] * shape[1] * size + (8 + 16 + 2) * 2 ** 20;
    expect(count * size).toBeGreaterThan(2 * bound);
    let [fetched, taken, most] = [0, 0, 0];
    await using counted = await proxy(
      url,
      () => false,
      0,
      (path, bytes) => {
        if (path.includes("/blocks/")) fetched += bytes;
        most = Math.max(most, fetched - taken);
      },
    );
    /** Once nothing more comes while the worker takes nothing. */
    const atRest = async (): Promise<void> => {
      for (let before = -1; before !== fetched; await sleep(400)) before = fetched;
    };
    const sink = new ParquetSink(new MemoryStore());
    const { write } = sink;
    sink.write = (task, rows, options) => {
      async function* slowly() {
        let batches = 0;
        for await (const batch of rows.batches) {
          if (task.table === "blocks" && batches++ % 12 === 0) await atRest();
          if (task.table === "blocks") taken += batch.numRows * size;
          yield batch;
        }
      }
      return write.call(sink, task, { batches: slowly(), digest: () => rows.digest() }, options);
    };
    await using service = await serveExports({ server: counted.url, pollMs: 50 });
    const worker = runWorker(service.uri, sink);
    const asked = { uuid, data: "seg", scales: [0], shardBits: 15 };
    const { over } = await service.start(asked, 1);
    expect(await over).toMatchObject({ state: "done", failures: [], blocks: count });
    service.end();
    await worker;
    expect(taken).toBe(count * size);
    expect(fetched).toBeGreaterThanOrEqual(taken);
    expect(most).toBeLessThan(bound);
  });
});
