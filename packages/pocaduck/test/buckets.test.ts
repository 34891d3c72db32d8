import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { openQuery } from "@pocaduck/query";
import type { Store } from "@pocaduck/storage";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { startFakeGcs } from "../../../scripts/servers/fake-gcs.mjs";
import { startMinio } from "../../../scripts/servers/minio.mjs";
import { available } from "../../../test/available.ts";
import { shared } from "../../../test/shared.ts";
import { exportable } from "../../labelmap-export/test/labelmap-fixture.ts";
import { open, readSettings } from "../src/index.ts";
import { type Ended, killGroup, startCommand } from "./run-command.ts";
import { compare, type LabelTruth, readTruth } from "./truth.ts";

const volume = join(shared ?? "", "segmentation/small-uint64/v3-zstd.zarr");
const [minio, gcs] = [await available(startMinio), await available(startFakeGcs)];
const folder = mkdtempSync(join(tmpdir(), "pocaduck-buckets-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await minio?.stop();
  await gcs?.stop();
});

/** The environment in which both schemes reach the servers of this file. */
const env: NodeJS.ProcessEnv = {
  ...process.env,
  POCADUCK_S3_ENDPOINT: minio?.url,
  POCADUCK_S3_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: minio?.accessKeyId,
  AWS_SECRET_ACCESS_KEY: minio?.secretAccessKey,
  POCADUCK_GS_ENDPOINT: gcs?.url,
  POCADUCK_GS_ANONYMOUS: "true",
};
const command = (...words: string[]): Promise<Ended> => startCommand(words, { env }).ended;

async function makeBuckets(): Promise<void> {
  const { AWS_ACCESS_KEY_ID: accessKeyId = "", AWS_SECRET_ACCESS_KEY: secretAccessKey = "" } = env;
  const credentials = { accessKeyId, secretAccessKey };
  const endpoint = String(minio?.url);
  const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: "fly" }));
  client.destroy();
  const url = `${gcs?.url}/storage/v1/b?project=test`;
  const headers = { "content-type": "application/json" };
  const made = await fetch(url, { method: "POST", headers, body: '{"name":"fly"}' });
  if (!made.ok) throw new Error(await made.text());
}
if (minio && gcs) await makeBuckets();

async function storeAt(url: string): Promise<Store> {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]) process.env[name] = env[name];
  return open(url, { settings: readSettings(env) });
}

async function expectTruth(store: Store): Promise<void> {
  const query = await openQuery(store);
  const truth = readTruth<{ volume: { nonzero_voxels: number; each_label: LabelTruth[] } }>(
    shared ?? "",
    "small-uint64/truth.json",
  );
  expect(query.manifest.totals.points).toBe(truth.volume.nonzero_voxels);
  for (const label of truth.volume.each_label) {
    expect(await compare(query, label)).toBeUndefined();
  }
}

async function copy(from: Store, to: Store): Promise<number> {
  let count = 0;
  for await (const { key } of from.list("")) {
    const bytes = await from.get(key);
    if (bytes) await to.put(key, bytes);
    count++;
  }
  return count;
}

describe.skipIf(!minio || !gcs || !shared)(
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
        await expectTruth(await storeAt(dataset));
      },
    );

    test("a dataset copied object by object is the same, from store to store", async () => {
      const local = new LocalStore(join(folder, "copy"));
      const [s3, gs] = [await storeAt("s3://fly/killed"), await storeAt("gs://fly/copy")];
      const objects = await copy(s3, local);
      expect(await copy(local, gs)).toBe(objects);
      await expectTruth(local);
      await expectTruth(gs);
      const more = await storeAt("s3://fly/back");
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
      await expectTruth(await storeAt(dataset));
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

const dvid = minio ? await available(startDvid) : undefined;
afterAll(() => dvid?.stop());

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
    const [exported, read] = [await storeAt("s3://fly/bodies"), new LocalStore(direct)];
    const [one, other] = [await openQuery(exported), await openQuery(read)];
    expect(one.manifest.totals).toEqual(other.manifest.totals);
    for (const label of [1n, 7n, 2n ** 63n + 5n, 2n ** 64n - 2n]) {
      const [a, b] = [await one.points(label), await other.points(label)];
      expect(a.length).toBeGreaterThan(0);
      expect(a.positions).toEqual(b.positions);
    }
  },
);
