import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { MemoryStore } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { fakeVast } from "@pocaduck/vastdb/testing";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import {
  ParquetSink,
  type Receipt,
  readManifest,
  runWorker,
  type Sink,
  serveExports,
  VastSink,
} from "../src/index.ts";
import { decodeJson } from "../src/protocol.ts";
import { exportable } from "./labelmap-fixture.ts";
import { objectsOf } from "./read-export.ts";

const server = await available(startDvid);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-export-cancel-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

type Stage = "the first rows" | "the last rows";

/** Makes a sink hold its third task once it has taken these rows of it, until it is released. */
function holding(sink: Sink, stage: Stage): { held: Promise<void>; release: () => void } {
  const [held, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { write } = sink;
  let tasks = 0;
  sink.write = (task, rows, options) => {
    if (++tasks !== 3) return write.call(sink, task, rows, options);
    const hold = (): Promise<void> => {
      held.resolve();
      return released.promise;
    };
    async function* batches() {
      for await (const batch of rows.batches) {
        yield batch;
        if (stage === "the first rows") await hold();
      }
      await hold();
    }
    return write.call(sink, task, { batches: batches(), digest: () => rows.digest() }, options);
  };
  return { held: held.promise, release: released.resolve };
}

describe.skipIf(!server)("an export that is cancelled mid-way (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);

  /** Cancels while one of two workers has rows in hand, which go on only after the other could have cleared the sink. */
  async function cancelled(stage: Stage, sinks: readonly [Sink, Sink]) {
    await using service = await serveExports({ server: url, pollMs: 50, leaseMs: 3000, http: {} });
    const { held, release } = holding(sinks[0], stage);
    const workers = sinks.map((sink, index) =>
      runWorker(service.uri, sink, { name: `worker ${index}` }),
    );
    const ends = Promise.allSettled(workers);
    const other = holding(sinks[1], stage);
    const uuid = (await version) ?? "";
    const { id, over } = await service.start({ uuid, data: "seg", shardBits: 0 }, 2);
    await Promise.all([held, other.held]);
    const { status } = await fetch(`${service.url}/api/node/${uuid}/seg/export/${id}`, {
      method: "DELETE",
    });
    expect(status).toBe(200);
    other.release();
    await sleep(400);
    release();
    const ended = await over;
    service.end();
    return { ended, ends: await ends };
  }

  const stages: Stage[] = ["the first rows", "the last rows"];
  test.each(stages)("leaves no file, with a worker that has %s of a task", async (stage) => {
    const place = join(folder, stage);
    const sinkOf = (): Sink => new ParquetSink(new LocalStore(place));
    const { ended, ends } = await cancelled(stage, [sinkOf(), sinkOf()]);
    expect(ended).toMatchObject({ state: "cancelled" });
    expect(ends.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
    const left = readdirSync(place, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile()).map(({ name }) => name)).toEqual([]);
  });

  test.each(stages)("leaves whole tasks in VAST, with a worker that has %s", async (stage) => {
    await using fake = await fakeVast();
    const objects = new MemoryStore();
    const { endpoint, credentials } = fake;
    const about = { endpoint, ...credentials, bucket: "b", schema: "fly", objects };
    const sinks = [new VastSink(about), new VastSink(about)] as const;
    const { ended, ends } = await cancelled(stage, sinks);
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    const error = expect.stringContaining("drop the schema b/fly");
    expect(ended).toMatchObject({ state: "failed", error });
    expect(ends.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(fake.openTransactions).toBe(0);
    expect(await readManifest(objects)).toBeUndefined();
    const whole = { blocks: 0, indices: 0, mapping: 0 };
    for (const { key } of await objectsOf(objects)) {
      if (!key.startsWith("receipts/")) continue;
      const { task, rows } = decodeJson<Receipt>((await objects.get(key)) ?? new Uint8Array());
      const mark = { bucket: "b", schema: "fly/done", table: task.replaceAll("/", "-") };
      if (fake.rows(mark)) whole[task.split("/")[0] as keyof typeof whole] += rows;
    }
    expect(whole.blocks).toBeGreaterThan(0);
    for (const [table, count] of Object.entries(whole)) {
      const held = fake.rows({ bucket: "b", schema: "fly", table })?.numRows ?? 0;
      expect({ [table]: held }).toEqual({ [table]: count });
    }
  });
});
