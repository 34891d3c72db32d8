import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { zstdDecompressSync } from "node:zlib";
import { joinBlock } from "@pocaduck/labelmap";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { judge } from "../../../test/judge.ts";
import { ParquetSink, readManifest, runWorker, serveExports } from "../src/index.ts";
import { exportable, rawVoxels } from "./labelmap-fixture.ts";
import { rowsOf, type StoredBlock, voxelsOf } from "./read-export.ts";

const server = await available(startDvid);
const python = judge("pyarrow");
const folder = mkdtempSync(join(tmpdir(), "pocaduck-python-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});
const run = promisify(execFile);
const tables = join(import.meta.dirname, "read_tables.py");
type Tables = Record<string, string[]>;
interface Read {
  pyarrow: Tables;
  duckdb: Tables;
  queries: string[][];
}
const script = (name: string): string => join(import.meta.dirname, "../python", name);

describe.skipIf(!server || !python)("Python (needs Go or Docker, and pyarrow)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const quick = { pollMs: 100, waitMs: 10_000 };

  test.each([
    { beside: "alone", ours: 0 },
    { beside: "beside one of ours", ours: 1 },
  ])("a pyarrow client is a worker, $beside", async ({ beside, ours }) => {
    const place = join(folder, beside);
    const store = new LocalStore(place);
    await using service = await serveExports({ server: url, token: "t0ken", ...quick });
    const python1 = run(String(python), [script("worker.py"), service.uri, place, "t0ken"]);
    const uuid = (await version) ?? "";
    const cells = { count: 2, size: 64 };
    const { id, over } = await service.start({ uuid, data: "seg", shardBits: 0, cells }, 1 + ours);
    const workers = () => service.status(id)?.workers ?? [];
    const sink = new ParquetSink(store);
    const { write } = sink;
    sink.write = async (...about) => {
      // Each of them writes some of the tasks.
      while (!workers().some(({ name, tasks }) => name.startsWith("python") && tasks > 2)) {
        await sleep(20);
      }
      return write.apply(sink, about);
    };
    const other = ours > 0 && runWorker(service.uri, sink, { name: "ours", token: "t0ken" });
    expect(await over).toMatchObject({ state: "done", failures: [] });
    expect(workers()).toHaveLength(1 + ours);
    for (const { tasks } of workers()) expect(tasks).toBeGreaterThan(0);
    service.end();
    await Promise.all([python1, other]);

    const blocks = await rowsOf<StoredBlock>(store, "blocks");
    expect(blocks).toHaveLength(8);
    for (const row of blocks) {
      const raw = await rawVoxels(url, uuid, row.scale, [row.x, row.y, row.z], false);
      expect(await voxelsOf(store, row, "labels")).toEqual(raw);
    }
    const manifest = await readManifest(store);
    const overflows = blocks.filter(({ overflow }) => overflow !== null).length;
    expect(overflows).toBeGreaterThan(0);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8, overflows } });
    expect(manifest?.tasks.every(({ expected, actual }) => expected === actual)).toBe(true);
    expect(existsSync(join(place, "export.json"))).toBe(true);
    const left = readdirSync(place, { recursive: true, encoding: "utf8" });
    expect(left.filter((name) => /\.\d+$/.test(name))).toEqual([]);

    const types = `SELECT DISTINCT typeof(overflow) FROM '${place}/blocks/**/*.parquet'`;
    const { stdout } = await run(String(python), [tables, place, types]);
    const { pyarrow, duckdb, queries } = JSON.parse(stdout) as Read;
    expect(queries).toEqual([["VARCHAR"]]);
    for (const table of ["blocks", "indices", "mapping"] as const) {
      expect(pyarrow[table]).toHaveLength(manifest?.totals[table] ?? 0);
      expect(duckdb[table]).toEqual(pyarrow[table]);
    }
  });

  test("a pyarrow client leaves a folder with another export as it is", async () => {
    const place = join(folder, "taken");
    const uuid = (await version) ?? "";
    const asked = async (shardBits: number, worker: (uri: string) => Promise<unknown>) => {
      await using service = await serveExports({ server: url, ...quick, waitMs: 3000 });
      const working = worker(service.uri).catch((error: unknown) => error);
      const { over } = await service.start({ uuid, data: "seg", shardBits }, 1);
      const status = await over;
      service.end();
      return { status, ended: await working };
    };
    const first = await asked(3, (uri) => runWorker(uri, new ParquetSink(new LocalStore(place))));
    expect(first.status.state).toBe("done");
    const before = readdirSync(place, { recursive: true }).toSorted();
    const second = await asked(6, (uri) => run(String(python), [script("worker.py"), uri, place]));
    expect(second.status.state).toBe("failed");
    expect(String(second.ended)).toMatch(
      /taken holds something else than export .*: choose an empty folder/,
    );
    expect(readdirSync(place, { recursive: true }).toSorted()).toEqual(before);
  });

  test("pyarrow and DuckDB read every table, and DuckDB answers what the documents ask", async () => {
    const place = join(folder, "tables");
    const store = new LocalStore(place);
    const uuid = (await version) ?? "";
    await using service = await serveExports({ server: url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    await (await service.start({ uuid, data: "seg", shardBits: 3 }, 1)).over;
    service.end();
    await worker;

    const documents = ["README.md", "docs/labelmap-export.md"].map((name) =>
      readFileSync(join(import.meta.dirname, "../../..", name), "utf8"),
    );
    const queries = documents
      .flatMap((text) => [...text.matchAll(/duckdb -c "([^"]+)"/g)])
      .map(([, query = ""]) => query.replaceAll("fly-labelmap", place));
    const read = async () => {
      const { stdout } = await run(String(python), [tables, place, ...queries]);
      return JSON.parse(stdout) as Read;
    };
    const { pyarrow, duckdb, queries: answers } = await read();
    for (const table of ["blocks", "indices", "mapping"]) {
      const rows = (await rowsOf<Record<string, unknown>>(store, table)).map((row) =>
        Object.entries(row)
          .filter(([name]) => !/^bin|overflow/.test(name))
          .map(([, value]) => (Array.isArray(value) ? `[${value}]` : `${value}`))
          .join(),
      );
      expect(rows.length).toBeGreaterThan(0);
      expect({ [table]: pyarrow[table] }).toEqual({ [table]: rows.sort() });
      expect(duckdb[table]).toEqual(pyarrow[table]);
    }
    const [largest, whole, absent] = answers;
    const sizes = new Map<bigint, number>();
    for (const { body, voxels } of await rowsOf<{ body: bigint; voxels: number }>(
      store,
      "indices",
    )) {
      sizes.set(body, (sizes.get(body) ?? 0) + voxels);
    }
    const descending = [...sizes].sort(([, a], [, b]) => b - a);
    expect(largest?.length).toBe(9);
    expect(largest).toContain(descending[0]?.join());
    const rests = (await rowsOf<StoredBlock>(store, "blocks")).map(({ x, y, z, scale, ...row }) => {
      const bins = ["bin1", "bin2", "bin3", "bin4"].map((bin) => row[bin] as Uint8Array);
      return [
        scale,
        x,
        y,
        z,
        createHash("sha256").update(Buffer.concat(bins)).digest("hex"),
      ].join();
    });
    expect(whole).toEqual(rests.sort());
    expect(absent).toEqual([]);
    // What an index names and DVID did not give is found.
    const { tasks = [] } = (await readManifest(store)) ?? {};
    const lost = tasks.find(({ task, actual }) => task.id.startsWith("blocks/s0/") && actual > 0);
    await store.delete(`${lost?.task.id}.parquet`);
    expect((await read()).queries[2]).toHaveLength(lost?.actual ?? 0);
  });

  test.each(["empty", "null"] as const)(
    "blocks are put together in pyarrow, %s bins",
    async (unused) => {
      const place = join(folder, `ours ${unused}`);
      const store = new LocalStore(place);
      await using service = await serveExports({ server: url, ...quick });
      const worker = runWorker(service.uri, new ParquetSink(store));
      const cells = { count: 3, size: 4000, unused };
      const request = { uuid: (await version) ?? "", data: "seg", cells };
      await (await service.start(request, 1)).over;
      service.end();
      await worker;
      const { stdout } = await run(String(python), [script("blocks.py"), place]);
      const expected = (await rowsOf<StoredBlock>(store, "blocks"))
        .filter(({ overflow }) => overflow === null)
        .map((row) => {
          const bins = [row.bin1, row.bin2, row.bin3].map(
            (bin) => (bin as Uint8Array) ?? Buffer.of(),
          );
          const rest = new Uint8Array(zstdDecompressSync(Buffer.concat(bins)));
          const block = joinBlock(BigUint64Array.from(row.labels), rest);
          const digest = createHash("sha256").update(block).digest("hex");
          return `${row.scale} ${row.x} ${row.y} ${row.z} ${digest}`;
        });
      expect(expected.length).toBeGreaterThan(3);
      expect(stdout.trim().split("\n").sort()).toEqual(expected.sort());
    },
  );
});
