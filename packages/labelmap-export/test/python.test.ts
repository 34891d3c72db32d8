import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
const script = (name: string): string => join(import.meta.dirname, "../python", name);

describe.skipIf(!server || !python)("Python (needs Go or Docker, and pyarrow)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const quick = { pollMs: 100, waitMs: 10_000 };

  test("a pyarrow client alone is a worker, beside one of ours or not", async () => {
    const store = new LocalStore(join(folder, "python"));
    await using service = await serveExports({ server: url, token: "t0ken", ...quick });
    const args = [script("worker.py"), service.uri, join(folder, "python"), "t0ken"];
    const worker = run(String(python), args);
    const uuid = (await version) ?? "";
    const { over } = await service.start({ uuid, data: "seg", shardBits: 3 }, 1);
    expect(await over).toMatchObject({ state: "done", failures: [] });
    service.end();
    await worker;
    const blocks = await rowsOf<StoredBlock>(store, "blocks");
    expect(blocks).toHaveLength(8);
    for (const row of blocks) {
      const raw = await rawVoxels(url, uuid, row.scale, [row.x, row.y, row.z], false);
      expect(await voxelsOf(store, row, "labels")).toEqual(raw);
    }
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8 } });
    expect(manifest?.tasks.every(({ expected, actual }) => expected === actual)).toBe(true);
    expect(existsSync(join(folder, "python/export.json"))).toBe(true);
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
