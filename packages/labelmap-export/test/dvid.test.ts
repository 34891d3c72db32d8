import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeBlockKey } from "@pocaduck/labelmap";
import { openLabelmap } from "@pocaduck/labelmap/dvid";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { ParquetSink, readManifest, runWorker, serveExports } from "../src/index.ts";
import { exportable, rawVoxels } from "./labelmap-fixture.ts";
import { rowsOf, type StoredBlock, voxelsOf } from "./read-export.ts";

interface IndexRow {
  body: bigint;
  x: number;
  y: number;
  z: number;
  supervoxel: bigint;
  voxels: number;
  last_mutation: bigint;
}

const server = await available(startDvid);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-export-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

describe.skipIf(!server)("an export of a real DVID (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const uuid = server && exportable(url);

  test.each([1, 2, 5])("%d workers write every voxel, body and index once", async (count) => {
    const store = new LocalStore(join(folder, `${count}`));
    await using service = await serveExports({ server: url, pollMs: 200 });
    const workers = Array.from({ length: count }, (_, index) =>
      runWorker(service.uri, new ParquetSink(store), { name: `worker ${index}` }),
    );
    const request = { uuid: (await uuid) ?? "", data: "seg", shardBits: 3 };
    const { over } = await service.start(request, count);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    const done = await Promise.all(workers);

    const blocks = await rowsOf<StoredBlock>(store, "blocks");
    expect(new Set(blocks.map(({ scale, x, y, z }) => [scale, x, y, z].join())).size).toBe(8);
    expect(blocks.length).toBe(8);
    for (const row of blocks) {
      const { scale, x, y, z } = row;
      for (const ids of ["supervoxels", "labels"] as const) {
        const raw = await rawVoxels(url, request.uuid, scale, [x, y, z], ids === "supervoxels");
        expect(await voxelsOf(store, row, ids)).toEqual(raw);
      }
    }
    const labelmap = await openLabelmap(url, request.uuid, "seg");
    const bodies = Array.from(await labelmap.labels(1n, 10_000));
    const indices = (await rowsOf<IndexRow>(store, "indices")).map(
      ({ body, x, y, z, supervoxel, voxels, last_mutation }) =>
        [body, x, y, z, supervoxel, voxels, last_mutation].join(),
    );
    const expected: string[] = [];
    for (const index of await labelmap.labelIndices(bodies)) {
      for (const [key, { counts }] of index?.blocks ?? []) {
        for (const [supervoxel, voxels] of counts) {
          const place = decodeBlockKey(key).join();
          expected.push([index?.label, place, supervoxel, voxels, index?.lastMutationId].join());
        }
      }
    }
    expect(expected.length).toBeGreaterThan(bodies.length);
    expect(indices.sort()).toEqual(expected.sort());
    const pairs = await rowsOf<{ supervoxel: bigint; body: bigint }>(store, "mapping");
    const mapping = await labelmap.mapping();
    expect(new Map(pairs.map(({ supervoxel, body }) => [supervoxel, body]))).toEqual(
      new Map(mapping.entries()),
    );
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8 } });
    expect(manifest?.tasks.every(({ expected, actual }) => expected === actual)).toBe(true);
    const tasks = done.reduce((sum, summary) => sum + summary.tasks, 0);
    expect(tasks).toBe(manifest?.tasks.length);
  });
});
