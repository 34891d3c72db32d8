import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset, isIngestError, openDataset } from "@pocaduck/ingest";
import { openQuery } from "@pocaduck/query";
import { MemoryStore } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";

/** What the original's own tests and its known defects ask of us, seen from outside. */
const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];

interface PythonWrite {
  label: string;
  block_id: string;
  points: string[][];
}

interface PythonAnswer {
  labels: Record<
    string,
    {
      get_point_count: number;
      get_blocks_for_label_sorted: string[];
      get_points: { sha256_sorted_rows_int64le: string };
    }
  >;
}

test.skipIf(!shared)(
  "H01 sample points, from two workers into many small files, answer as Python PoCADuck does (needs ../shared)",
  async () => {
    const folder = join(shared ?? "", "pocaduck");
    const writes = JSON.parse(
      readFileSync(join(folder, "h01-input.json"), "utf8"),
    ) as PythonWrite[];
    const python = JSON.parse(
      readFileSync(join(folder, "h01-unoptimized/expected.json"), "utf8"),
    ) as PythonAnswer;
    await using scratch = await mkdtempDisposable(join(tmpdir(), "pocaduck-black-box-"));
    const store = new LocalStore(scratch.path);
    const dataset = await createDataset(store, { axes, attributes: { supervoxel: "uint64" } });
    const ids = [...new Set(writes.map((write) => write.block_id))];
    for (const worker of [0, 1]) {
      await using ingestor = dataset.ingestor({ fileSize: 1, bufferBlocks: 1, commitBlocks: 5 });
      const byBlock = writes.toSorted((a, b) => ids.indexOf(a.block_id) - ids.indexOf(b.block_id));
      for (const { label, block_id, points } of byBlock) {
        if (ids.indexOf(block_id) % 2 !== worker) continue;
        const positions = points.flatMap((point) => point.slice(0, 3).map(Number));
        const supervoxel = points.map((point) => BigInt(point[3] ?? 0));
        await ingestor.write(block_id, BigInt(label), { positions, supervoxel });
      }
      await ingestor.commit();
    }
    await dataset.publish();
    const query = await openQuery(store);
    expect(query.manifest.totals).toMatchObject({ labels: 6, pairs: 49, points: 787 });
    for (const [label, answer] of Object.entries(python.labels)) {
      const cloud = await query.points(BigInt(label));
      const rows = Array.from({ length: cloud.length }, (_, i) => [
        ...Array.from(cloud.positions.slice(3 * i, 3 * i + 3), BigInt),
        cloud.attributes.supervoxel?.[i] as bigint,
      ]);
      rows.sort((a, b) =>
        Number(a.map((value, at) => value - (b[at] ?? 0n)).find((d) => d !== 0n) ?? 0n),
      );
      const digest = createHash("sha256").update(BigInt64Array.from(rows.flat())).digest("hex");
      expect([cloud.length, digest]).toEqual([
        answer.get_point_count,
        answer.get_points.sha256_sorted_rows_int64le,
      ]);
      expect((await query.blocks(BigInt(label))).sort()).toEqual(
        answer.get_blocks_for_label_sorted,
      );
    }
  },
);

test("three workers' points of one label come together, once each", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  for (const worker of [1, 2, 3]) {
    await using ingestor = dataset.ingestor({ worker: "the same name" });
    await ingestor.write(`block ${worker}`, 7n, { positions: [worker, 0, 0, worker, 1, 0] });
    await ingestor.commit();
  }
  await dataset.publish({ process: "this" });
  const query = await openQuery(store);
  expect((await query.blocks(7n)).length).toBe(3);
  expect((await query.points(7n)).length).toBe(6);
});

test("duplicates in one write, and in writes one by one, count as they read: once", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3, 1, 2, 3] });
  await ingestor.write("a", 7n, { positions: [1, 2, 3] });
  await ingestor.write("b", 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  const query = await openQuery(store);
  expect(await query.count(7n)).toBe(2);
  expect((await query.points(7n)).length).toBe(2);
  expect(await query.count(7n, { unique: true })).toBe(1);
});

test("int32, int64 and plain numbers by turns are stored in the schema's type", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes, coordinates: "int64" });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 0n, { positions: Int32Array.of(1, 2, 3) });
  await ingestor.write("b", 0n, { positions: BigInt64Array.of(2n ** 62n, -1n, 0n) });
  await ingestor.write("c", 0n, { positions: [7, 8, 9] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  const { positions } = await (await openQuery(store)).points(0n);
  expect(positions).toEqual(BigInt64Array.of(1n, 2n, 3n, 2n ** 62n, -1n, 0n, 7n, 8n, 9n));
});

test("closing twice is fine, and a closed ingestor says that it is closed", async () => {
  const dataset = await createDataset(new MemoryStore(), { axes });
  const ingestor = dataset.ingestor();
  await ingestor[Symbol.asyncDispose]();
  await ingestor[Symbol.asyncDispose]();
  const late = await ingestor.write("a", 7n, { positions: [] }).catch((error: unknown) => error);
  expect(isIngestError(late, "closed")).toBe(true);
});

test("a reader that is open while others publish goes on as before", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  const publish = async (block: string): Promise<void> => {
    await using ingestor = dataset.ingestor();
    await ingestor.write(block, 7n, { positions: [block.length, 0, 0] });
    await ingestor.commit();
    await dataset.publish({ process: "this" });
  };
  await publish("a");
  const reader = await openQuery(store);
  await publish("bb");
  await publish("ccc");
  expect([await reader.count(7n), reader.version]).toEqual([1, 1]);
  expect(await (await openQuery(store)).count(7n)).toBe(3);
});

test("a read is aborted by its signal, and so is a publish", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  const stop = AbortSignal.abort(new Error("enough"));
  await expect(dataset.publish({ signal: stop })).rejects.toThrow("enough");
  await dataset.publish({ process: "this" });
  const query = await openQuery(store);
  await expect(query.points(7n, { signal: stop })).rejects.toThrow("enough");
  await expect(openQuery(store, { signal: stop })).rejects.toThrow("enough");
  await expect(openDataset(store, { signal: stop })).rejects.toThrow("enough");
});

test("an index that points outside the dataset is refused", async () => {
  const store = new MemoryStore();
  const dataset = await createDataset(store, { axes });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [1, 2, 3] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  const { decodeManifest, encodeManifest, versionKey } = await import("@pocaduck/format");
  const manifest = decodeManifest(1, (await store.get(versionKey(1))) as Uint8Array);
  for (const key of ["../../etc/passwd", "/etc/passwd", "commits/../x"]) {
    const hostile = {
      ...manifest,
      index: { ...manifest.index, labels: [{ ...manifest.index.labels[0], key }] },
    };
    await store.put(versionKey(1), encodeManifest(hostile as typeof manifest));
    const query = await openQuery(store).catch((error: Error) => error);
    const read =
      query instanceof Error ? query : await query.points(7n).catch((error: Error) => error);
    expect(read).toBeInstanceOf(Error);
  }
});
