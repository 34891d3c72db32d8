import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connectFlight } from "@pocaduck/flight";
import { MemoryStore, type Store, StoreError } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { ParquetSink, readManifest, runWorker, serveExports } from "../src/index.ts";
import { decodeJson, encodeJson, type Work } from "../src/protocol.ts";
import { ReceivedRows } from "../src/worker/received-rows.ts";
import { exportable, rawVoxels } from "./labelmap-fixture.ts";
import { proxy } from "./proxy.ts";
import { objectsOf, rowsOf, type StoredBlock, voxelsOf } from "./read-export.ts";

const server = await available(startDvid);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-export-faults-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});
const quick = { pollMs: 50, leaseMs: 400, waitMs: 5000 };

describe.skipIf(!server)("exports with faults (need Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const request = async (shardBits = 3) => ({
    uuid: (await version) ?? "",
    data: "seg",
    shardBits,
  });

  async function expectWhole(store: Store): Promise<void> {
    const uuid = (await version) ?? "";
    const blocks = await rowsOf<StoredBlock>(store, "blocks");
    expect(blocks.map(({ scale, x, y, z }) => [scale, x, y, z].join()).sort()).toHaveLength(8);
    for (const row of blocks) {
      const raw = await rawVoxels(url, uuid, row.scale, [row.x, row.y, row.z], false);
      expect(await voxelsOf(store, row, "labels")).toEqual(raw);
    }
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8 } });
    expect(manifest?.tasks.every(({ expected, actual }) => expected === actual)).toBe(true);
    for (const { key } of await objectsOf(store)) expect(key).not.toMatch(/staging|\.tmp/);
  }

  const steps = ["begun", "receipt", "batch", "rows", "written", "acknowledged"];
  test.each(steps)("a worker that is killed when it has got to: %s", async (step) => {
    const place = join(folder, step);
    await using service = await serveExports({ server: url, ...quick });
    const child = join(import.meta.dirname, "killed-worker-child.ts");
    const mortal = spawn(process.execPath, [child, service.uri, place, step], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    const died = new Promise((resolve) => mortal.once("exit", (_, signal) => resolve(signal)));
    const { over } = await service.start(await request(), 1);
    expect(await died).toBe("SIGKILL");
    const worker = runWorker(service.uri, new ParquetSink(new LocalStore(place)));
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
    await expectWhole(new LocalStore(place));
  });

  test("a task that is delivered twice is held once", async () => {
    const store = new MemoryStore();
    const leaseMs = 2000;
    await using service = await serveExports({ server: url, ...quick, leaseMs });
    using client = connectFlight(service.uri);
    const ask = async <T>(type: string, body: object): Promise<T> => {
      const parts: Uint8Array[] = [];
      for await (const part of client.doAction({ type, body: encodeJson(body) })) parts.push(part);
      return decodeJson<T>(Buffer.concat(parts));
    };
    const { over } = await service.start(await request(), 1);
    let work: Work = { kind: "idle" };
    while (work.kind === "idle") work = await ask<Work>("lease", { worker: "slow" });
    if (work.kind !== "task") throw new Error(work.kind);
    const { lease, task, plan, ticket } = work;
    // Both have the rows; the other commits first.
    const sink = new ParquetSink(store);
    await sink.begin(plan);
    const rows = new ReceivedRows(client.doGet(new TextEncoder().encode(ticket)));
    const batches = [];
    for await (const batch of rows.batches) batches.push(batch);
    await sleep(2 * leaseMs);
    const worker = runWorker(service.uri, new ParquetSink(store));
    const status = await over;
    const counted = { tasks: status.tasks.total, blocks: 8 };
    expect(status).toMatchObject({ state: "done", failures: [], written: counted });
    expect(status.blocks).toBeGreaterThan(8);
    const late = (async function* () {
      yield* batches;
    })();
    const file = await store.get(`${task.id}.parquet`);
    const receipt = await sink.write(task, { batches: late, digest: () => rows.digest() });
    // Whoever reads it meanwhile reads the same bytes.
    expect(await store.get(`${task.id}.parquet`)).toEqual(file);
    expect(await ask("acknowledge", { lease, task: task.id, receipt })).toEqual({ first: false });
    service.end();
    await worker;
    await expectWhole(store);
  });

  /** Fails the n-th call, before or after it did what was asked. */
  function faulty(store: Store, nth: number, acts: boolean): { store: Store; calls: () => number } {
    let calls = 0;
    const failing = new Proxy(store, {
      get(target, name: keyof Store) {
        const method = target[name] as (...about: unknown[]) => unknown;
        if (typeof method !== "function") return method;
        if (name === "list") return method.bind(target);
        return async (...about: unknown[]) => {
          const fails = ++calls === nth;
          const error = new StoreError("unavailable", String(about[0]), "the network is away");
          if (fails && !acts) throw error;
          const result = await method.apply(target, about);
          if (fails) throw error;
          return result;
        };
      },
    });
    return { store: failing, calls: () => calls };
  }

  async function exportInto(store: Store): Promise<void> {
    await using service = await serveExports({ server: url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const { over } = await service.start(await request(15), 1);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
  }

  test.each([false, true])("each call of the store fails once, having acted: %s", async (acts) => {
    const whole = faulty(new MemoryStore(), 0, acts);
    await exportInto(whole.store);
    const calls = whole.calls();
    expect(calls).toBeGreaterThan(15);
    // The first two are the look for what a worker may go on with, before it has work: it would end there.
    for (let nth = 3; nth <= calls; nth++) {
      const store = new MemoryStore();
      await exportInto(faulty(store, nth, acts).store);
      await expectWhole(store);
    }
  });

  test("a worker whose sink hangs gives up, and its task goes to another", async () => {
    const store = new MemoryStore();
    const { promise: never, resolve } = Promise.withResolvers<undefined>();
    const hanging = new Proxy(store, {
      get: (target, name: keyof Store) =>
        name === "put" ? () => never : (target[name] as () => unknown).bind(target),
    });
    await using service = await serveExports({ server: url, ...quick });
    const options = { name: "stuck", stallMs: 300 };
    const stuck = runWorker(service.uri, new ParquetSink(hanging), options);
    const { over } = await service.start(await request(), 1);
    await expect(stuck).rejects.toMatchObject({
      code: "unavailable",
      message: "neither rows nor the sink moved for 0.3 s",
    });
    // Another may take a while to come.
    await sleep(2 * quick.leaseMs);
    const worker = runWorker(service.uri, new ParquetSink(store));
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
    resolve(undefined);
    await expectWhole(store);
  });

  test("answers of DVID that are busy, cut or spoilt are asked for again", async () => {
    let asked = 0;
    await using bad = await proxy(url, (path, response) => {
      if (!/\/(blocks|indices-compressed|mappings|listlabels)/.test(path)) return false;
      const fault = ++asked % 5;
      if (fault === 1) response.writeHead(503).end("busy");
      else if (fault === 2) response.writeHead(429).end("slow down");
      else if (fault === 3) {
        response.writeHead(200, { "content-length": 1000 });
        response.write("half", () => response.destroy());
      } else if (fault === 4) response.writeHead(200).end("error: unable to read block");
      else return false;
      return true;
    });
    const store = new MemoryStore();
    const dvid = { attempts: 12, firstDelayMs: 1 };
    await using service = await serveExports({ server: bad.url, dvid, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const { over } = await service.start(await request(), 1);
    const status = await over;
    service.end();
    await worker;
    expect(status).toMatchObject({ state: "done", failures: [] });
    expect(status.retries).toBeGreaterThan(20);
    await expectWhole(store);
  });

  test("readers become fewer while DVID is busy, and as many as before once it is not", async () => {
    let busy = 5;
    await using bad = await proxy(url, (path, response) => {
      const refuses = path.includes("/blocks/") && busy-- > 0;
      if (refuses) response.writeHead(503).end("busy");
      return refuses;
    });
    const logged: unknown[] = [];
    const dvid = { attempts: 8, firstDelayMs: 1 };
    await using service = await serveExports({
      server: bad.url,
      dvid,
      ...quick,
      readers: 6,
      http: {},
      log: (event, { readers }) => event === "retry" && logged.push(readers),
    });
    const readers = async (): Promise<string | undefined> => {
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      return /^pocaduck_export_readers (\d+)/m.exec(metrics)?.[1];
    };
    const worker = runWorker(service.uri, new ParquetSink(new MemoryStore()));
    const { over } = await service.start(await request(0), 1);
    expect(await over).toMatchObject({ state: "done", failures: [], retries: 5, readers: 6 });
    expect(logged).toEqual([3, 1, 1, 1, 1]);
    expect(await readers()).toBe("6");
    service.end();
    await worker;
  });
});
