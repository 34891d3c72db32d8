import type { ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import { encodeBlock } from "@pocaduck/labelmap";
import { writeFrames } from "@pocaduck/labelmap/dvid";
import { MemoryStore, type Store, StoreError } from "@pocaduck/storage";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { createLabelmap, post, postBlocks } from "../../labelmap/test/dvid/fixture.ts";
import { ParquetSink, readManifest, runWorker, serveExports } from "../src/index.ts";
import { exportable, rawVoxels } from "./labelmap-fixture.ts";
import { proxy } from "./proxy.ts";
import { objectsOf, rowsOf, type StoredBlock, voxelsOf } from "./read-export.ts";

const server = await available(startDvid);
afterAll(() => server?.stop());
const quick = { pollMs: 50, leaseMs: 1000, waitMs: 3000, dvid: { attempts: 2, firstDelayMs: 1 } };

type Info = { Base: Record<string, unknown>; Extended: Record<string, unknown> };

describe.skipIf(!server)("what cannot be exported (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const request = async () => ({ uuid: (await version) ?? "", data: "seg", shardBits: 3 });

  /** The real DVID, with another word on what `seg` is. */
  const saying = (change: (info: Info) => void) =>
    proxy(url, (path, response) => {
      if (!/\/seg\/info(\?|$)/.test(path)) return false;
      void (async () => {
        const info = (await (await fetch(`${url}${path}`)).json()) as Info;
        change(info);
        response.end(JSON.stringify(info));
      })();
      return true;
    });

  test.each<[string, RegExp, (info: Info) => void]>([
    [
      "another type of data",
      /is a keyvalue, not a labelmap/,
      ({ Base }) => {
        Base.TypeName = "keyvalue";
      },
    ],
    [
      "blocks packed by LZ4",
      /LZ4 compression, not gzip/,
      ({ Base }) => {
        Base.Compression = "LZ4 compression";
      },
    ],
    [
      "blocks that are not packed",
      /No compression, not gzip/,
      ({ Base }) => {
        Base.Compression = "No compression";
      },
    ],
    [
      "neither extents nor indices",
      /states no extents and has no indices/,
      ({ Extended }) => {
        Object.assign(Extended, { MinPoint: null, MaxPoint: null, IndexedLabels: false });
      },
    ],
    [
      "blocks that DVID itself cannot read",
      /blocks of 24,24,24 voxels.*multiples of 16/,
      ({ Extended }) => {
        Extended.BlockSize = [24, 24, 24];
      },
    ],
    [
      "blocks of no voxels",
      /blocks of 0,64,64 voxels/,
      ({ Extended }) => {
        Extended.BlockSize = [0, 64, 64];
      },
    ],
    [
      "a number of scales that is none",
      /MaxDownresLevel is no integer from 0 to 255: lots/,
      ({ Extended }) => {
        Extended.MaxDownresLevel = "lots";
      },
    ],
    [
      "extents upside down",
      /extents that cannot be: .* to -500,127,127/,
      ({ Extended }) => {
        Extended.MaxPoint = [-500, 127, 127];
      },
    ],
    [
      "extents that no service could plan",
      /at most 500000 shards, got \S+: choose larger `shardBits`, or `extents`/,
      ({ Extended }) => {
        Extended.MaxPoint = [2 ** 31 - 1, 2 ** 31 - 1, 2 ** 31 - 1];
      },
    ],
  ])("%s is refused before anything is written", async (_, reason, change) => {
    await using other = await saying(change);
    await using service = await serveExports({ server: other.url, ...quick });
    await expect(service.start(await request(), 1)).rejects.toThrow(reason);
  });

  test("a name or password in the URL is not told", async () => {
    const withName = url.replace("//", "//somebody:s3cret@");
    await using service = await serveExports({ server: withName, ...quick });
    const { id } = await service.start(await request(), 1);
    expect(service.status(id)?.source.server).toBe(url);
  });

  test("extents that DVID does not state come from the indices", async () => {
    await using silent = await saying(({ Extended }) => {
      Object.assign(Extended, { MinPoint: null, MaxPoint: null });
    });
    const store = new MemoryStore();
    await using service = await serveExports({ server: silent.url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const { over } = await service.start(await request(), 1);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
    const scales = (await rowsOf<StoredBlock>(store, "blocks")).map(({ scale }) => scale);
    expect(scales.filter((scale) => scale === 0)).toHaveLength(5);
  });

  test("extents that miss the data give an export that says it is empty", async () => {
    const store = new MemoryStore();
    await using service = await serveExports({ server: url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const extents = { min: [5000, 0, 0], max: [5100, 64, 64] } as const;
    const { over } = await service.start({ ...(await request()), extents }, 1);
    expect(await over).toMatchObject({ state: "done", empty: true });
    service.end();
    await worker;
    expect(await readManifest(store)).toMatchObject({ empty: true, totals: { blocks: 0 } });
  });

  test("an instance without indices has blocks and no rows of indices", async () => {
    await using plain = await saying(({ Extended }) => {
      Extended.IndexedLabels = false;
    });
    const store = new MemoryStore();
    await using service = await serveExports({ server: plain.url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    await (await service.start(await request(), 1)).over;
    service.end();
    await worker;
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8, indices: 0 } });
  });

  test("blocks of 32³ are exported as well", async () => {
    const uuid = await createLabelmap(url, { BlockSize: "32,32,32" });
    const voxels = BigUint64Array.from({ length: 32 ** 3 }, (_, at) => BigInt(1 + (at & 7)));
    await postBlocks(`${url}/api/node/${uuid}/seg`, 0, new Map([["1,0,2", voxels]]));
    await post(`${url}/api/node/${uuid}/commit`, '{"note":"x","log":[]}');
    const store = new MemoryStore();
    await using service = await serveExports({ server: url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    await (await service.start({ uuid, data: "seg" }, 1)).over;
    service.end();
    await worker;
    const [row] = (await rowsOf<StoredBlock>(store, "blocks")).filter(({ scale }) => scale === 0);
    expect(row).toMatchObject({ x: 1, y: 0, z: 2 });
    if (row) expect(await voxelsOf(store, row, "labels")).toEqual(voxels);
  });

  const impossible = new Uint8Array(new Uint32Array([8, 8, 8, 2 ** 32 - 1, 0, 0]).buffer);
  test.each([
    ["no label block", Buffer.from("not a block")],
    ["one of impossible counts", impossible],
    ["one of another shape", new Uint8Array(new Uint32Array([4, 4, 4, 1, 7, 0]).buffer)],
  ])("a payload that is %s gives its shard up at once, naming the block", async (_, payload) => {
    const spoil = (path: string, response: ServerResponse): boolean => {
      const [, start] = /\/blocks\/[\d_]+\/([\d_-]+)\?.*scale=2/.exec(path) ?? [];
      if (start === undefined) return false;
      const block = start.split("_").map((at) => Number(at) / 64) as [number, number, number];
      response.end(writeFrames([{ block, payload: gzipSync(payload) }]));
      return true;
    };
    await using spoilt = await proxy(url, spoil);
    const store = new MemoryStore();
    await using service = await serveExports({ server: spoilt.url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const status = await (await service.start(await request(), 1)).over;
    service.end();
    await worker;
    const reason = expect.stringMatching(/block -?\d+,-?\d+,-?\d+: /);
    expect(status).toMatchObject({
      state: "done",
      failures: [{ task: "blocks/s2/00000", reason }],
    });
    const manifest = await readManifest(store);
    const given = manifest?.tasks.filter(({ quarantined }) => quarantined);
    expect(given).toMatchObject([{ attempts: 1, actual: 0 }]);
    expect((await objectsOf(store)).map(({ key }) => key)).not.toContain("blocks/s2/00000.parquet");
  });

  test("the largest block that there is, of which no two voxels are alike, is exported", async () => {
    const voxels = BigUint64Array.from({ length: 64 ** 3 }, (_, at) => 2n ** 64n - 1n - BigInt(at));
    const payload = gzipSync(encodeBlock(voxels, { shape: [64, 64, 64] }));
    await using large = await proxy(url, (path, response) => {
      const [, start] = /\/blocks\/[\d_]+\/([\d_-]+)\?.*scale=2/.exec(path) ?? [];
      if (start === undefined) return false;
      const block = start.split("_").map((at) => Number(at) / 64) as [number, number, number];
      response.end(writeFrames([{ block, payload }]));
      return true;
    });
    const store = new MemoryStore();
    await using service = await serveExports({ server: large.url, ...quick });
    const worker = runWorker(service.uri, new ParquetSink(store));
    const status = await (await service.start(await request(), 1)).over;
    service.end();
    await worker;
    expect(status).toMatchObject({ state: "done", failures: [] });
    const [row] = (await rowsOf<StoredBlock>(store, "blocks")).filter(({ scale }) => scale === 2);
    if (!row) throw new Error("no row");
    expect(await voxelsOf(store, row, "supervoxels")).toEqual(voxels);
  });

  test("a worker whose disk is full leaves, and another goes on", async () => {
    const store = new MemoryStore();
    const full = new Proxy(store, {
      get(target, name: keyof Store) {
        if (name !== "put") return (target[name] as () => unknown).bind(target);
        return async (key: string) => {
          throw new StoreError("full", key, "the disk is full; free some space");
        };
      },
    });
    await using service = await serveExports({ server: url, ...quick });
    const stuck = runWorker(service.uri, new ParquetSink(full), { name: "full" });
    const { over } = await service.start(await request(), 1);
    await expect(stuck).rejects.toMatchObject({ code: "full" });
    const worker = runWorker(service.uri, new ParquetSink(store), { name: "roomy" });
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
    const blocks = await rowsOf<StoredBlock>(store, "blocks");
    expect(blocks).toHaveLength(8);
    const [row] = blocks;
    if (!row) throw new Error("no row");
    const { uuid } = await request();
    const raw = await rawVoxels(url, uuid, row.scale, [row.x, row.y, row.z], false);
    expect(await voxelsOf(store, row, "labels")).toEqual(raw);
  });

  test("a worker that speaks TLS to a service without it, or with a wrong token, is told", async () => {
    await using service = await serveExports({ server: url, token: "right", ...quick });
    const secure = service.uri.replace("grpc+tcp", "grpc+tls");
    const sink = (): ParquetSink => new ParquetSink(new MemoryStore());
    await expect(runWorker(secure, sink(), { patienceMs: 60_000 })).rejects.toMatchObject({
      name: "FlightError",
      code: "unauthenticated",
      message: expect.stringContaining("speaks no TLS"),
    });
    await expect(runWorker(service.uri, sink(), { token: "wrong" })).rejects.toMatchObject({
      code: "unauthenticated",
    });
  });
});
