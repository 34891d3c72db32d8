import { createHash } from "node:crypto";
import { ParquetSink, runWorker, serveExports } from "@pocaduck/labelmap-export";
import { MemoryStore } from "@pocaduck/storage";
import { isVolumeError, readBlocks } from "@pocaduck/volume";
import { openExportedVolume } from "@pocaduck/volume/labelmap-export";
import { afterAll, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { exportable } from "../../labelmap-export/test/labelmap-fixture.ts";

const server = await available(startDvid);
afterAll(() => server?.stop());

test.skipIf(!server)(
  "no flipped bit in a file of blocks gives other voxels (needs Go or Docker)",
  async () => {
    const url = String(server?.url);
    const store = new MemoryStore();
    {
      await using service = await serveExports({ server: url, pollMs: 50 });
      const worker = runWorker(service.uri, new ParquetSink(store));
      const asked = { uuid: await exportable(url), data: "seg", scales: [0] };
      await (await service.start(asked, 1)).over;
      service.end();
      await worker;
    }
    const whole = await voxels(store);
    const key = "blocks/s0/00000.parquet";
    const bytes = (await store.get(key)) ?? new Uint8Array();
    let [told, tried] = [0, 0];
    for (let at = 0; at < bytes.length; at += 1013) {
      const flipped = bytes.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 8));
      await store.put(key, flipped);
      tried++;
      await voxels(store).then(
        (found) => expect(found, `bit of byte ${at}`).toBe(whole),
        (error) => {
          expect(isVolumeError(error, "corrupt"), `${error.stack}`).toBe(true);
          expect(error.message).toContain(key);
          told++;
        },
      );
    }
    expect(told).toBeGreaterThan(0.8 * tried);
  },
);

async function voxels(store: MemoryStore): Promise<string> {
  const volume = await openExportedVolume(store);
  const hash = createHash("sha256");
  for await (const [, block] of readBlocks(volume, volume.grid().share(0, 1))) {
    const { buffer, byteOffset, byteLength } = block.data;
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest("hex");
}
