import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ParquetSink, runWorker, serveExports } from "@pocaduck/labelmap-export";
import { openQuery } from "@pocaduck/query";
import type { Store } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { shared } from "../../../test/shared.ts";
import { exportable, rawVoxels } from "../../labelmap-export/test/labelmap-fixture.ts";
import { rowsOf, type StoredBlock, voxelsOf } from "../../labelmap-export/test/read-export.ts";
import { expectTruth, startBuckets, storeAt } from "./bucket-servers.ts";
import { type Ended, killGroup, startCommand } from "./run-command.ts";

const volume = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
const servers = await startBuckets();
const folder = mkdtempSync(join(tmpdir(), "pocaduck-buckets-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await servers?.stop();
});

const env = servers?.env() ?? process.env;
const command = (...words: string[]): Promise<Ended> => startCommand(words, { env }).ended;

async function copy(from: Store, to: Store): Promise<number> {
  let count = 0;
  for await (const { key } of from.list("")) {
    const bytes = await from.get(key);
    if (bytes) await to.put(key, bytes);
    count++;
  }
  return count;
}

describe.skipIf(!servers || !shared)(
  "the whole pipeline in buckets (needs Go for MinIO and fake-gcs-server, and ../shared)",
  () => {
    test.each(["s3", "gs"])(
      "%s: workers that are killed, publish, lookups as on a disk",
      { timeout: 180_000 },
      async (scheme) => {
        const dataset = `${scheme}://fly/killed`;
        const options = [
          "--points",
          "all",
          "--workers",
          "2",
          "--commit-blocks",
          "2",
          "--block",
          "16",
        ];
        const ingest = ["ingest", volume, dataset, ...options];
        let killed = 0;
        for (const delay of [700, 900, 1100, 1400]) {
          const { child, ended } = startCommand(ingest, { env });
          const timer = setTimeout(() => killGroup(child), delay);
          if ((await ended).signal === "SIGKILL") killed++;
          clearTimeout(timer);
        }
        expect(killed).toBeGreaterThan(0);
        expect(await command(...ingest)).toMatchObject({ code: 0, stderr: "" });
        expect(await command("publish", dataset)).toMatchObject({ code: 0, stderr: "" });
        expect(await command("verify", dataset)).toMatchObject({ code: 0, stderr: "" });
        expect(await command("gc", dataset)).toMatchObject({ code: 0, stderr: "" });
        await expectTruth(await storeAt(dataset, env));
      },
    );

    test("a dataset copied object by object is the same, from store to store", async () => {
      const local = new LocalStore(join(folder, "copy"));
      const [s3, gs] = [await storeAt("s3://fly/killed", env), await storeAt("gs://fly/copy", env)];
      const objects = await copy(s3, local);
      expect(await copy(local, gs)).toBe(objects);
      await expectTruth(local);
      await expectTruth(gs);
      const more = await storeAt("s3://fly/back", env);
      expect(await copy(gs, more)).toBe(objects);
      await expectTruth(more);
    });

    test("workers of different tasks meet in one bucket", async () => {
      const dataset = "s3://fly/tasks";
      const words = ["ingest", volume, dataset, "--points", "all", "--block", "16"];
      const ends = await Promise.all(
        [0, 1, 2].map((task) => command(...words, "--task", `${task}/3`)),
      );
      expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, ""]));
      expect(await command("publish", dataset)).toMatchObject({ code: 0 });
      await expectTruth(await storeAt(dataset, env));
    });

    test("wrong keys and buckets that are not there are one clear error", async () => {
      const wrong = { ...env, AWS_SECRET_ACCESS_KEY: "x" };
      const denied = await startCommand(["info", "s3://fly/killed"], { env: wrong }).ended;
      expect(denied).toMatchObject({ code: 6, stdout: "" });
      for (const url of ["s3://nowhere/fly", "gs://nowhere/fly"]) {
        const { code, stderr } = await command("ingest", volume, url, "--workers", "1");
        expect({ url, code: code !== 0, lines: stderr.trim().split("\n").length }).toEqual({
          url,
          code: true,
          lines: 1,
        });
      }
    });
  },
);

const dvid = servers ? await available(startDvid) : undefined;
afterAll(() => dvid?.stop());

test.skipIf(!dvid)(
  "1, 2 and 5 workers export to a bucket every voxel that DVID's raw endpoint gives (needs Go for MinIO and DVID)",
  async () => {
    const url = String(dvid?.url);
    const uuid = await exportable(url);
    for (const count of [1, 2, 5]) {
      const store = await storeAt(`s3://fly/workers-${count}`, env);
      await using service = await serveExports({ server: url, pollMs: 50 });
      const workers = Array.from({ length: count }, (_, index) =>
        runWorker(service.uri, new ParquetSink(store), { name: `worker ${index}` }),
      );
      const { over } = await service.start({ uuid, data: "seg", shardBits: 3 }, count);
      expect(await over).toMatchObject({ state: "done", failures: [] });
      service.end();
      await Promise.all(workers);
      const blocks = await rowsOf<StoredBlock>(store, "blocks");
      expect(new Set(blocks.map(({ scale, x, y, z }) => [scale, x, y, z].join())).size).toBe(8);
      expect(blocks).toHaveLength(8);
      for (const row of blocks) {
        for (const ids of ["supervoxels", "labels"] as const) {
          const place = [row.x, row.y, row.z];
          const raw = await rawVoxels(url, uuid, row.scale, place, ids === "supervoxels");
          expect(await voxelsOf(store, row, ids)).toEqual(raw);
        }
      }
    }
  },
);

test.skipIf(!dvid)(
  "a labelmap is exported to a bucket, and ingested from there (needs Go for MinIO and DVID)",
  async () => {
    const url = String(dvid?.url);
    const uuid = await exportable(url);
    const at = "s3://fly/labelmap";
    const words = ["dvid", "export", url, uuid, "seg", at, "--workers", "2", "--shard-bits", "3"];
    expect(await command(...words)).toMatchObject({ code: 0, stderr: "" });
    const ingest = ["ingest", at, "s3://fly/bodies", "--points", "all", "--workers", "1"];
    expect(await command(...ingest)).toMatchObject({ code: 0, stderr: "" });
    const direct = join(folder, "direct");
    const address = `${url.replace("http:", "dvid:")}/${uuid}/seg`;
    const from = ["ingest", address, direct, "--points", "all", "--workers", "1"];
    expect(await command(...from)).toMatchObject({ code: 0, stderr: "" });
    const [exported, read] = [await storeAt("s3://fly/bodies", env), new LocalStore(direct)];
    const [one, other] = [await openQuery(exported), await openQuery(read)];
    expect(one.manifest.totals).toEqual(other.manifest.totals);
    for (const label of [1n, 7n, 2n ** 63n + 5n, 2n ** 64n - 2n]) {
      const [a, b] = [await one.points(label), await other.points(label)];
      expect(a.length).toBeGreaterThan(0);
      expect(a.positions).toEqual(b.positions);
    }
  },
);
