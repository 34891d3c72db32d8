import { MemoryStore } from "@pocaduck/storage";
import { type FakeOptions, type FakeVast, fakeVast } from "@pocaduck/vastdb/testing";
import { type Data, Field, List, tableFromIPC, Uint64, vectorFromArray } from "apache-arrow";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { readManifest, runWorker, serveExports, tableSchema, VastSink } from "../src/index.ts";
import { replaceColumns } from "../src/sinks/replace-columns.ts";
import { moveLists } from "../src/sinks/vast-rows.ts";
import { exportable, rawVoxels } from "./labelmap-fixture.ts";
import { type StoredBlock, voxelsOf } from "./read-export.ts";

const server = await available(startDvid);
afterAll(() => server?.stop());
const quick = { pollMs: 100, leaseMs: 2000, waitMs: 5000 };
const retry = { retry: { attempts: 3, baseMs: 1, capMs: 2 } };

function sinkOf(fake: FakeVast, objects: MemoryStore): VastSink {
  const { endpoint, credentials } = fake;
  return new VastSink({ endpoint, ...credentials, ...retry, bucket: "b", schema: "fly", objects });
}

function blocksOf(fake: FakeVast): StoredBlock[] {
  const rows = fake.rows({ bucket: "b", schema: "fly", table: "blocks" });
  return Array.from(rows?.toArray() ?? [], (row) => {
    const { supervoxels, labels, ...rest } = row.toJSON() as StoredBlock;
    return { ...rest, supervoxels: [...supervoxels], labels: [...labels] } as StoredBlock;
  });
}

describe.skipIf(!server)("an export of a real DVID into VAST's fake (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);

  async function exportInto(fake: FakeVast, objects: MemoryStore, count: number): Promise<string> {
    const uuid = (await version) ?? "";
    await using service = await serveExports({ server: url, ...quick });
    const sinks = Array.from({ length: count }, () => sinkOf(fake, objects));
    const workers = sinks.map((sink, index) =>
      runWorker(service.uri, sink, { name: `worker ${index}` }),
    );
    const cells = { count: 2, size: 2000 };
    const { over } = await service.start({ uuid, data: "seg", shardBits: 3, cells }, count);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await Promise.all(workers);
    for (const sink of sinks) await sink[Symbol.asyncDispose]();
    return uuid;
  }

  async function expectWhole(fake: FakeVast, objects: MemoryStore, uuid: string): Promise<void> {
    const blocks = blocksOf(fake);
    expect(blocks).toHaveLength(8);
    for (const row of blocks) {
      const place = [row.x, row.y, row.z];
      for (const ids of ["supervoxels", "labels"] as const) {
        const raw = await rawVoxels(url, uuid, row.scale, place, ids === "supervoxels");
        expect(await voxelsOf(objects, row, ids)).toEqual(raw);
      }
    }
    const manifest = await readManifest(objects);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8 } });
    for (const table of ["indices", "mapping"] as const) {
      const rows = fake.rows({ bucket: "b", schema: "fly", table });
      expect(rows?.numRows).toBe(manifest?.totals[table]);
    }
    expect(fake.openTransactions).toBe(0);
  }

  test.each([1, 2, 5])("%d workers write every voxel once", async (count) => {
    await using fake = await fakeVast();
    const objects = new MemoryStore();
    const uuid = await exportInto(fake, objects, count);
    await expectWhole(fake, objects, uuid);
    expect((await readManifest(objects))?.totals.overflows).toBeGreaterThan(0);
    // Once more, as after a restart: nothing is written twice.
    const before = fake.requests.filter(({ command }) => command === "rows").length;
    await exportInto(fake, objects, 1);
    expect(fake.requests.filter(({ command }) => command === "rows").length).toBe(before);
    await expectWhole(fake, objects, uuid);
  });

  const faults: [string, NonNullable<FakeOptions["onRequest"]>][] = [
    [
      "an insert that was lost after it acted",
      ({ command, method, count }) =>
        command === "rows" && method === "POST" && count === 2
          ? { kind: "reset", when: "after" }
          : undefined,
    ],
    [
      "an insert that is refused",
      ({ command, count }) =>
        command === "rows" && count % 3 === 1 ? { kind: "reply", status: 500 } : undefined,
    ],
    [
      "a commit whose answer was lost",
      ({ command, method, count }) =>
        command === "transaction" && method === "PUT" && count > 4 && count % 5 === 0
          ? { kind: "reset", when: "after" }
          : undefined,
    ],
    [
      "a commit that never came",
      ({ command, method, count }) =>
        command === "transaction" && method === "PUT" && count > 4 && count % 5 === 0
          ? { kind: "reset", when: "before" }
          : undefined,
    ],
  ];
  test.each(faults)("%s neither loses nor doubles rows", async (_, onRequest) => {
    await using fake = await fakeVast({ onRequest });
    const objects = new MemoryStore();
    await expectWhole(fake, objects, await exportInto(fake, objects, 2));
  });

  test("cells that VAST would not take are refused before anything is written", async () => {
    await using fake = await fakeVast();
    const sink = sinkOf(fake, new MemoryStore());
    await using service = await serveExports({ server: url, ...quick });
    const worker = runWorker(service.uri, sink);
    const cells = { size: 200_000 };
    const request = { uuid: (await version) ?? "", data: "seg", cells };
    const { over } = await service.start(request, 1);
    const ended = await Promise.race([
      over,
      worker.then(
        () => undefined,
        (error) => error,
      ),
    ]);
    expect(String((ended as { error?: string }).error ?? ended)).toContain("VAST takes cells of");
    expect(fake.requests.filter(({ command }) => command === "rows")).toEqual([]);
    service.end();
    await worker.catch(() => undefined);
  });
});

test("a row whose lists no cell can hold goes whole into an object", async () => {
  const cells = { count: 1, size: 100, unused: "empty" } as const;
  const schema = tableSchema("blocks", cells);
  const ids = new List(new Field("element", new Uint64(), false));
  const list = (lengths: number[]): Data =>
    vectorFromArray(
      lengths.map((length) => Array.from({ length }, (_, at) => 2n ** 63n + BigInt(at))),
      ids,
    ).data[0] as Data;
  const children = Object.fromEntries(
    schema.fields.map(({ name, type }) => {
      const values =
        name === "overflow"
          ? [null, null]
          : name === "bin1"
            ? [Buffer.of(1), Buffer.of(2)]
            : [4, 5];
      const wide = name === "shard" || name === "morton" ? [4n, 5n] : values;
      if (name === "supervoxels" || name === "labels") return [name, list([3, 30])];
      return [name, vectorFromArray(wide as unknown[], type).data[0] as Data];
    }),
  );
  const empty = { numRows: 2, data: { children: [] } } as never;
  const batch = replaceColumns(empty, schema, children);
  const objects = new Map<string, Uint8Array>();
  const moved = await moveLists(batch, "blocks/s0/1", 16, async (key, bytes) => {
    objects.set(key, bytes);
  });
  const key = "overflow/blocks/s0/1/5_5_5.arrow";
  expect([...objects.keys()]).toEqual([key]);
  const column = (name: string): unknown[] => Array.from(moved.getChild(name) ?? []);
  expect(column("overflow")).toEqual([null, key]);
  expect(column("labels").map((cell) => Array.from(cell as Iterable<bigint>).length)).toEqual([
    3, 0,
  ]);
  const [row] = tableFromIPC(objects.get(key) ?? new Uint8Array()).toArray();
  expect(Array.from(row.supervoxels).length).toBe(30);
  expect(Array.from(row.labels).at(-1)).toBe(2n ** 63n + 29n);
  expect(row.bin1).toEqual(Uint8Array.of(2));
});
