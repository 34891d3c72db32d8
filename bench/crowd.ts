import { execFile } from "node:child_process";
import { copyFileSync, linkSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { createDataset } from "@pocaduck/ingest";
import { mapConcurrent, prefixed, type Store } from "@pocaduck/storage";
import { GcsStore } from "@pocaduck/storage-gcs";
import { S3Store } from "@pocaduck/storage-s3";
import { type FaultProxy, startFaultProxy } from "../packages/storage/test/faults/proxy.ts";
import { startFakeGcs } from "../scripts/servers/fake-gcs.mjs";
import { startMinio } from "../scripts/servers/minio.mjs";
import type { CrowdJob, CrowdResult } from "./crowd-child.ts";
import { markdown, short } from "./report.ts";

/**
 * `npm run bench -- crowd [keys]`: listings of a dataset in a bucket with so many other keys, in a real MinIO and, with a
 * tenth of them, in a real fake-gcs-server; 10^6 by default, and then the result is kept.
 */
const most = Number(process.argv[2] ?? 1e6);
const run = promisify(execFile);
const rows: (string | number)[][] = [];
const main = join(import.meta.dirname, "../packages/pocaduck/src/main.ts");

interface Place {
  name: string;
  job: Omit<CrowdJob, "prefix">;
  store: Store;
  proxy: FaultProxy;
  env: NodeJS.ProcessEnv;
  /** Makes empty objects `a/…` and `z/…` up to so many, on either side of the dataset. */
  fill(from: number, to: number): Promise<void>;
}

const nameOf = (at: number): string =>
  `${at % 2 === 0 ? "a" : "z"}/${String(at % 997).padStart(3, "0")}/${at}`;

async function onMinio(): Promise<Place & AsyncDisposable> {
  const { url, folder, stop, accessKeyId, secretAccessKey } = await startMinio();
  const proxy = await startFaultProxy(url);
  const credentials = { accessKeyId, secretAccessKey };
  const bucket = "crowd";
  const region = "us-east-1";
  const client = new S3Client({ endpoint: url, region, forcePathStyle: true, credentials });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  client.destroy();
  const store = new S3Store({ endpoint: proxy.url, bucket, credentials });
  await store.put("one", new Uint8Array());
  let one = join(folder, "data", bucket, "one/xl.meta");
  return {
    name: "MinIO",
    job: { kind: "s3", endpoint: proxy.url, bucket, credentials },
    store,
    proxy,
    env: {
      POCADUCK_S3_ENDPOINT: proxy.url,
      POCADUCK_S3_REGION: region,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    },
    // An object is a folder with one file; a million requests would take an hour.
    async fill(from, to) {
      for (let at = from; at < to; at++) {
        const path = join(folder, "data", bucket, nameOf(at));
        mkdirSync(path, { recursive: true });
        const file = join(path, "xl.meta");
        // A file has at most 65,000 names.
        if (at % 50_000 === 0) copyFileSync(one, file);
        else linkSync(one, file);
        if (at % 50_000 === 0) one = file;
      }
    },
    async [Symbol.asyncDispose]() {
      await store.close();
      await proxy[Symbol.asyncDispose]();
      await stop();
    },
  };
}

async function onFakeGcs(): Promise<Place & AsyncDisposable> {
  const { url, stop } = await startFakeGcs();
  const proxy = await startFaultProxy(url, false);
  const bucket = "crowd";
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: JSON.stringify({ name: bucket }) };
  const made = await fetch(`${url}/storage/v1/b?project=test`, request);
  if (!made.ok) throw new Error(await made.text());
  const store = new GcsStore({ endpoint: proxy.url, bucket });
  const direct = new GcsStore({ endpoint: url, bucket });
  return {
    name: "fake-gcs-server",
    job: { kind: "gs", endpoint: proxy.url, bucket, credentials: undefined },
    store,
    proxy,
    env: { POCADUCK_GS_ENDPOINT: proxy.url },
    async fill(from, to) {
      const names = Array.from({ length: to - from }, (_, at) => nameOf(from + at));
      await mapConcurrent(names, 32, (name) => direct.put(name, new Uint8Array()));
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([store.close(), direct.close()]);
      await proxy[Symbol.asyncDispose]();
      await stop();
    },
  };
}

async function listed(
  { job, proxy }: Place,
  prefix: string,
): Promise<CrowdResult & { lists: number }> {
  proxy.forget();
  const words = [join(import.meta.dirname, "crowd-child.ts"), JSON.stringify({ ...job, prefix })];
  const { stdout } = await run(process.execPath, ["--expose-gc", ...words]);
  return { ...(JSON.parse(stdout) as CrowdResult), lists: proxy.seen.length };
}

/** LIST requests of whole commands on the dataset. */
async function ofCommands({ job, proxy, env }: Place): Promise<string> {
  const counts: string[] = [];
  for (const word of ["info", "publish", "verify", "gc"]) {
    proxy.forget();
    const dataset = `${job.kind}://${job.bucket}/fly`;
    await run(process.execPath, [main, word, dataset], { env: { ...process.env, ...env } });
    const lists = proxy.seen.filter(({ path }) => /list-type=2|\/o\?prefix=/.test(path));
    counts.push(`${word} ${lists.length}`);
  }
  return counts.join(", ");
}

async function measure(place: Place, sizes: readonly number[]): Promise<void> {
  const dataset = await createDataset(prefixed(place.store, "fly"), { axes: [{ name: "x" }] });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [5] });
  await ingestor.commit();
  await dataset.publish();
  let filled = 0;
  for (const size of sizes) {
    await place.fill(filled, size);
    filled = size;
    const own = await listed(place, "fly/");
    const all = await listed(place, "");
    rows.push([
      place.name,
      size.toLocaleString("en"),
      `${own.keys} in ${own.lists}`,
      await ofCommands(place),
      `${all.keys.toLocaleString("en")} in ${all.lists.toLocaleString("en")}`,
      all.heapMb.map(short).join(", "),
      short(all.seconds),
    ]);
    process.stderr.write(`${rows.at(-1)?.join(" | ")}\n`);
  }
}

{
  await using minio = await onMinio();
  await measure(minio, [0, most / 100, most / 10, most]);
}
{
  await using gcs = await onFakeGcs();
  await measure(gcs, [0, most / 100, most / 10]);
}
const header = ["server", "other keys", "own keys, in requests", "LIST requests of commands"];
header.push("all keys, in requests", "MB of heap after the first page, the last", "s");
const lines = [
  "# A crowded bucket: last result of `npm run bench -- crowd`",
  "",
  "A dataset of one commit between very many other keys; requests as seen on the wire.",
  "",
  markdown(header, rows),
  "",
];
console.log(lines.slice(4).join("\n"));
if (process.argv[2] === undefined) {
  writeFileSync(join(import.meta.dirname, "crowd.md"), lines.join("\n"));
}
