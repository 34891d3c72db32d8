import { setTimeout as sleep } from "node:timers/promises";
import { connectFlight, serveFlight } from "@pocaduck/flight";
import { MemoryStore } from "@pocaduck/storage";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { post } from "../../labelmap/test/dvid/fixture.ts";
import { ParquetSink, readManifest, runWorker, serveExports, wireSchema } from "../src/index.ts";
import { ReceivedRows } from "../src/worker/received-rows.ts";
import { exportable, rawVoxels } from "./labelmap-fixture.ts";
import { proxy } from "./proxy.ts";
import { objectsOf, rowsOf, type StoredBlock, voxelsOf } from "./read-export.ts";

const server = await available(startDvid);
afterAll(() => server?.stop());
const quick = { pollMs: 100, leaseMs: 500, waitMs: 5000 };

describe.skipIf(!server)("the service before a real DVID (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const request = async (): Promise<{ uuid: string; data: string; shardBits: number }> => ({
    uuid: (await version) ?? "",
    data: "seg",
    shardBits: 3,
  });

  test("what the bins cannot hold is in objects of its own, and no voxel is lost", async () => {
    const store = new MemoryStore();
    await using service = await serveExports({ server: url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const asked = { ...(await request()), cells: { count: 2, size: 64, unused: "null" as const } };
    const { over } = await service.start(asked, 1);
    await over;
    service.end();
    await worker;
    const blocks = await rowsOf<StoredBlock>(store, "blocks");
    const overflows = blocks.filter(({ overflow }) => overflow !== null);
    expect(overflows.length).toBeGreaterThan(0);
    expect(overflows.length).toBeLessThan(blocks.length);
    expect((await readManifest(store))?.totals.overflows).toBe(overflows.length);
    for (const row of blocks) {
      if (row.overflow !== null) expect([row.bin1, row.bin2]).toEqual([null, null]);
      const raw = await rawVoxels(url, asked.uuid, row.scale, [row.x, row.y, row.z], false);
      expect(await voxelsOf(store, row, "labels")).toEqual(raw);
    }
  });

  test("another service goes on from what the sink of a worker holds", async () => {
    const store = new MemoryStore();
    const first = await serveExports({ server: url, ...quick });
    const port = Number(new URL(first.uri.replace("grpc+tcp", "http")).port);
    const sink = new ParquetSink(store);
    const { write } = sink;
    let [writes, closed] = [0, false];
    sink.write = async (...about) => {
      writes++;
      const receipt = await write.apply(sink, about);
      if (writes === 3) {
        await first[Symbol.asyncDispose]();
        closed = true;
      }
      return receipt;
    };
    const worker = runWorker(first.uri, sink, { patienceMs: 20_000 });
    const { id } = await first.start(await request(), 1);
    for (let waited = 0; !closed && waited < 10_000; waited += 50) await sleep(50);
    await using second = await serveExports({ server: url, ...quick, flight: { port } });
    for (let waited = 0; second.status(id)?.state !== "done" && waited < 15_000; waited += 50) {
      await sleep(50);
    }
    expect(second.status(id)).toMatchObject({ state: "done", failures: [] });
    second.end();
    await worker;
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: true, plan: { id }, totals: { blocks: 8 } });
    expect(writes).toBe(manifest?.tasks.length);
    expect(await rowsOf(store, "blocks")).toHaveLength(8);
  });

  test("a worker that is to wait so long for work ends after it, one export or none behind it", async () => {
    const store = new MemoryStore();
    await using service = await serveExports({ server: url, ...quick });
    await expect(runWorker(service.uri, new ParquetSink(store), { idleMs: 200 })).resolves.toEqual({
      tasks: 0,
      rows: 0,
    });
    const worker = runWorker(service.uri, new ParquetSink(store), { idleMs: 2000 });
    const { over } = await service.start(await request(), 1);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    const { tasks } = (await readManifest(store)) ?? { tasks: [] };
    expect((await worker).tasks).toBe(tasks.length);
  });

  test("a worker that dies with a task leaves it to another", async () => {
    const store = new MemoryStore();
    await using service = await serveExports({ server: url, ...quick });
    using dead = connectFlight(service.uri);
    const { over } = await service.start(await request(), 1);
    const body = new TextEncoder().encode(JSON.stringify({ worker: "dead" }));
    const taken: Uint8Array[] = [];
    for (let kind = "idle"; kind === "idle"; ) {
      taken.length = 0;
      for await (const part of dead.doAction({ type: "lease", body })) taken.push(part);
      kind = JSON.parse(Buffer.concat(taken).toString()).kind;
    }
    const worker = runWorker(service.uri, new ParquetSink(store));
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
    const manifest = await readManifest(store);
    expect(manifest?.tasks.filter(({ attempts }) => attempts === 2)).toHaveLength(1);
    expect(await rowsOf(store, "blocks")).toHaveLength(8);
  });

  test("a shard that DVID cannot give is quarantined with its cause, and the rest goes on", async () => {
    await using broken = await proxy(url, (path, response) => {
      const bad = path.includes("/blocks/") && path.includes("scale=2");
      if (bad) response.writeHead(500).end("disk on fire");
      return bad;
    });
    const store = new MemoryStore();
    const dvid = { attempts: 2, firstDelayMs: 1 };
    await using service = await serveExports({ server: broken.url, dvid, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const status = await (await service.start(await request(), 1)).over;
    service.end();
    await worker;
    const task = "blocks/s2/00000";
    const reason = expect.stringContaining("disk on fire");
    expect(status).toMatchObject({ state: "done", failures: [{ task, reason }] });
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: false, totals: { blocks: 7 } });
    expect(manifest?.tasks.filter(({ quarantined }) => quarantined)).toMatchObject([
      { task: { id: task }, quarantined: reason, attempts: 5 },
    ]);
  });

  test("an open version is compared at the end, and an export that cannot compare fails", async () => {
    const { uuid, ...asked } = await request();
    const made = await post(`${url}/api/node/${uuid}/newversion`, '{"note":"open"}');
    const open = { ...asked, uuid: (JSON.parse(made) as { child: string }).child };
    await using unallowed = await serveExports({ server: url, ...quick });
    await expect(unallowed.start(open, 1)).rejects.toMatchObject({ code: "unlocked" });
    for (const fails of [false, true]) {
      let asks = 0;
      await using between = await proxy(url, (path, response) => {
        const bad = path.includes("/api/repo/") && fails && ++asks > 1;
        if (bad) response.writeHead(500).end("gone");
        return bad;
      });
      const store = new MemoryStore();
      const dvid = { attempts: 1 };
      await using service = await serveExports({ server: between.url, dvid, ...quick });
      const worker = runWorker(service.uri, new ParquetSink(store));
      const { over } = await service.start({ ...open, allowOpen: true }, 1);
      const error = expect.stringContaining("gone");
      expect(await over).toMatchObject(fails ? { state: "failed", error } : { state: "done" });
      service.end();
      await worker;
      expect((await readManifest(store))?.moved).toBe(fails ? undefined : false);
    }
  });

  test("a cancelled export leaves nothing, unless it is kept", async () => {
    for (const keep of [false, true]) {
      const store = new MemoryStore();
      await using service = await serveExports({ server: url, ...quick });
      const sink = new ParquetSink(store);
      const { write } = sink;
      const { promise: written, resolve } = Promise.withResolvers<void>();
      sink.write = async (...about) => {
        const receipt = await write.apply(sink, about);
        resolve();
        return receipt;
      };
      const worker = runWorker(service.uri, sink);
      const { id, over } = await service.start(await request(), 1);
      await written;
      expect(service.cancel(id, { keep })).toBe(true);
      expect(await over).toMatchObject({ state: "cancelled" });
      service.end();
      await worker;
      const left = await objectsOf(store);
      expect(left.length > 0).toBe(keep);
      expect(await readManifest(store)).toBeUndefined();
    }
  });

  test("workers that do not come are counted, and those who came named", async () => {
    await using service = await serveExports({ server: url, ...quick, waitMs: 300 });
    const worker = runWorker(service.uri, new ParquetSink(new MemoryStore()), { name: "early" });
    const { over } = await service.start(await request(), 3);
    const error = "1 of 3 workers came within 0.3 s: early";
    expect(await over).toMatchObject({ state: "failed", error });
    service.end();
    await worker;
  });

  test("a worker that is known to have died is not waited for", async () => {
    const store = new MemoryStore();
    await using service = await serveExports({ server: url, ...quick, waitMs: 20_000 });
    const worker = runWorker(service.uri, new ParquetSink(store), { name: "early" });
    const { over } = await service.start(await request(), 2);
    expect(service.lose("late", "died")).toEqual([]);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
  });

  test("workers that share a name are told to have one each", async () => {
    await using service = await serveExports({ server: url, ...quick, waitMs: 500 });
    const [one, other] = [1, 2].map(() =>
      runWorker(service.uri, new ParquetSink(new MemoryStore()), { name: "twin" }),
    );
    const { over } = await service.start(await request(), 2);
    const error =
      "1 of 2 workers came within 0.5 s: twin (several workers of this name: give each its own)";
    expect(await over).toMatchObject({ state: "failed", error });
    service.end();
    await Promise.all([one, other]);
  });

  test("a sink with another export in it is left as it is", async () => {
    const store = new MemoryStore();
    const sink = new ParquetSink(store);
    await using service = await serveExports({ server: url, ...quick });
    const first = runWorker(service.uri, sink);
    await (await service.start(await request(), 1)).over;
    const before = await objectsOf(store);
    const { over } = await service.start({ ...(await request()), scales: [0] }, 1);
    const told = expect.stringContaining("choose an empty place");
    await expect(first).rejects.toMatchObject({ code: "other-export", message: told });
    expect(await over).toMatchObject({ state: "failed", error: told });
    expect(await objectsOf(store)).toEqual(before);
  });

  test("over HTTP an export is begun, watched, refused and told of", async () => {
    const { uuid } = await request();
    const token = "secret";
    await using service = await serveExports({ server: url, ...quick, http: {}, token });
    const base = `${service.url}/api/node/${uuid.slice(0, 8)}/seg/export`;
    const authorization = { authorization: `Bearer ${token}` };
    const begin = async (
      path: string,
      headers = {},
    ): Promise<{ status: number; error: string }> => {
      const response = await fetch(`${base}/${path}`, { method: "POST", headers });
      const { error } = (await response.json()) as { error: string };
      return { status: response.status, error };
    };
    expect(await begin("1")).toEqual({ status: 401, error: "wrong token" });
    for (const [path, named] of [
      ["0", "workers"],
      ["many", "workers"],
      ["1?scales=7", "scales"],
      ["1e1", "workers"],
      ["0x1", "workers"],
      ["1?bins=0", "`bins`"],
      ["1?scales=0,,1", "scales"],
      ["1?scales=%20", "scales"],
      ["1?shard-bits=1,2", "one integer"],
      ["1?colour=red", "colour"],
      ["1?unused=maybe", "unused"],
      ["1?allow-open=maybe", "allow-open"],
      ["99999999999", "got 99999999999"],
      ["1?extents=1,2,3", "extents"],
    ] as const) {
      const refused = { status: 400, error: expect.stringContaining(named) };
      expect(await begin(path, authorization)).toEqual(refused);
    }
    const unknown = `${service.url}/api/node/${"0".repeat(32)}/seg/export/1`;
    const missing = await fetch(unknown, { method: "POST", headers: authorization });
    expect(missing.status).toBe(404);
    const put = await fetch(`${base}/1`, { method: "PUT", headers: authorization });
    expect([put.status, put.headers.get("allow")]).toEqual([405, "GET, POST, DELETE"]);
    const malformed = `${service.url}/api/node/%ff/seg/export/1`;
    expect((await fetch(malformed, { method: "POST", headers: authorization })).status).toBe(400);

    const begun = await fetch(`${base}/1`, { method: "POST", headers: authorization });
    expect(begun.status).toBe(202);
    expect(await begin("1", authorization)).toMatchObject({ status: 409 });
    const where = `${service.url}${begun.headers.get("location")}`;
    for (const [part, other] of [
      [uuid, "0".repeat(32)],
      ["/seg/", "/other/"],
      [/[^/]+$/, "0"],
    ] as const) {
      for (const method of ["GET", "DELETE"]) {
        const elsewhere = where.replace(part, other);
        const response = await fetch(elsewhere, { method, headers: authorization });
        expect({ elsewhere, status: response.status }).toEqual({ elsewhere, status: 404 });
      }
    }
    expect((await fetch(where.replace(uuid, uuid.slice(0, 8)))).status).toBe(200);
    const worker = runWorker(service.uri, new ParquetSink(new MemoryStore()), { token });
    for (let state = ""; state !== "done"; await sleep(50)) {
      ({ state } = (await (await fetch(where)).json()) as { state: string });
      expect(["preparing", "waiting", "running", "finishing", "done"]).toContain(state);
    }
    const metrics = await (await fetch(`${service.url}/metrics`)).text();
    expect(metrics).toContain('pocaduck_export_rows_total{table="blocks"} 8');
    for (const series of [
      'rows_total{table="indices"}',
      'bytes_total{table="blocks"}',
      "wait_seconds_total",
      "tasks_waiting",
      "tasks_leased",
      "tasks_done",
      "tasks_quarantined",
      "retries",
      "readers",
    ]) {
      expect(metrics).toContain(`\npocaduck_export_${series} `);
    }
    expect(metrics).toMatch(/pocaduck_export_worker_rows\{worker="[^"]+"\} [1-9]/);
    expect(metrics).toMatch(/pocaduck_export_worker_bytes\{worker="[^"]+"\} [1-9]\d{3}/);
    expect(await (await fetch(`${service.url}/healthz`)).json()).toEqual({ ok: true });
    expect(await (await fetch(`${service.url}/`)).text()).toContain("<title>Labelmap export");
    const wrong = runWorker(service.uri, new ParquetSink(new MemoryStore()), { token: "guess" });
    await expect(wrong).rejects.toMatchObject({ code: "unauthenticated" });
    service.end();
    await worker;
  });
});

test("rows that are not those that were sent are not written", async () => {
  const cells = { count: 1, size: 64, unused: "empty" } as const;
  const columns = [BigUint64Array.of(1n, 2n), BigUint64Array.of(1n, 1n)];
  const end = { rows: 2, digest: "0".repeat(32) };
  const metadata = new TextEncoder().encode(JSON.stringify(end));
  const doGet = () => ({
    schema: wireSchema("mapping", cells),
    messages: [{ batch: { length: 2, columns } }, { metadata }],
  });
  await using flight = await serveFlight({ handlers: { doGet } });
  using client = connectFlight(flight.uri);
  const store = new MemoryStore();
  const sink = new ParquetSink(store);
  const source = {
    server: "http://x",
    data: "seg",
    dataUuid: "d",
    uuid: "u",
    locked: true,
    mutationId: "1",
    updated: "",
    voxelSize: [8, 8, 8] as const,
    voxelUnits: ["nanometers", "nanometers", "nanometers"] as const,
  };
  const layout = {
    blockShape: [64, 64, 64] as const,
    extents: { min: [0, 0, 0] as const, max: [1, 1, 1] as const },
    scales: [0],
    shardBits: 3,
    cells,
    indexed: true,
  };
  await sink.begin({ id: "e", source, layout });
  const task = { table: "mapping" as const, id: "mapping/000000", start: 0, end: 2 };
  const rows = new ReceivedRows(client.doGet(new Uint8Array()));
  await expect(sink.write(task, rows)).rejects.toMatchObject({ code: "corrupt" });
  const keys = (await objectsOf(store)).map(({ key }) => key);
  expect(keys).toEqual(["export.json"]);
});
