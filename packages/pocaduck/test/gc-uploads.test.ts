import { spawn } from "node:child_process";
import { once } from "node:events";
import { CreateMultipartUploadCommand, ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { createDataset } from "@pocaduck/ingest";
import { afterAll, describe, expect, test } from "vitest";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { makeBucket, ownerOf } from "./bucket-rights.ts";
import { startBuckets, storeAt } from "./bucket-servers.ts";
import { startCommand } from "./run-command.ts";

const servers = await startBuckets();
const env = servers?.env() ?? process.env;
const owner = ownerOf(servers?.s3 ?? "http://127.0.0.1", env);
afterAll(async () => {
  owner.destroy();
  await servers?.stop();
});

async function unfinished(Bucket: string): Promise<string[]> {
  const { Uploads = [] } = await owner.send(new ListMultipartUploadsCommand({ Bucket }));
  return Uploads.map(({ Key }) => Key ?? "");
}

async function gc(url: string, words: string[] = [], more = {}): Promise<unknown> {
  const run = startCommand(["gc", url, "--grace", "0", ...words], { env: { ...env, ...more } });
  return run.ended;
}

describe.skipIf(!servers)("gc in a bucket (needs Go for MinIO)", () => {
  test("ends the uploads that killed writers left in its dataset, and touches no others", async () => {
    const Bucket = await makeBucket(owner, ["s3:GetObject"]);
    const dataset = `s3://${Bucket}/fly`;
    await createDataset(await storeAt(dataset, env), { axes: [{ name: "x" }] });
    for (const Key of ["fly/points/ab/1.parquet", "fly/index/1/labels-0.parquet"]) {
      await owner.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    }
    const others = ["fly/notes", "flying/points/ab/1.parquet", "points/ab/1.parquet"];
    for (const Key of others) await owner.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const young = startCommand(["gc", dataset, "--json"], { env });
    expect(JSON.parse((await young.ended).stdout)).toMatchObject({ uploads: 0 });
    const all = { deleted: 0, size: 0, waiting: 0, uploads: 2 };
    const ended = (await gc(dataset, ["--json"])) as { stdout: string; stderr: string };
    expect([JSON.parse(ended.stdout), ended.stderr]).toEqual([all, ""]);
    expect((await unfinished(Bucket)).toSorted()).toEqual(others.toSorted());
  });

  test("of a writer killed in the middle of a put nothing is left", async () => {
    const Bucket = await makeBucket(owner, ["s3:GetObject"]);
    const dataset = `s3://${Bucket}/fly`;
    const store = await storeAt(dataset, env);
    await createDataset(store, { axes: [{ name: "x" }] });
    await using proxy = await startFaultProxy(String(servers?.s3));
    proxy.script = ({ path }) => (path.includes("partNumber") ? { stall: true } : undefined);
    const code = `
      import { open } from ${JSON.stringify(new URL("../src/index.ts", import.meta.url).href)};
      const store = await open(${JSON.stringify(dataset)});
      await store.put("points/ab/killed.parquet", new Uint8Array(20_000_000));`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", code], {
      env: { ...env, POCADUCK_S3_ENDPOINT: proxy.url },
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    await expect.poll(() => unfinished(Bucket), { timeout: 20_000 }).toHaveLength(1);
    child.kill("SIGKILL");
    await ended;
    expect(await gc(dataset)).toMatchObject({ code: 0, stderr: "" });
    expect(await unfinished(Bucket)).toEqual([]);
  });

  test("without the right to look for uploads it collects objects, and says so", async () => {
    const rights = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"];
    const Bucket = await makeBucket(owner, rights);
    const dataset = `s3://${Bucket}/fly`;
    const store = await storeAt(dataset, env);
    await createDataset(store, { axes: [{ name: "x" }] });
    await store.put("points/ab/left.parquet", new Uint8Array(9));
    const nobody = { POCADUCK_S3_ANONYMOUS: "true" };
    const result = (await gc(dataset, [], nobody)) as { code: number; stderr: string };
    expect(result).toMatchObject({ code: 0, stdout: "deleted 1 objects of 9 bytes\n" });
    expect(result.stderr).toMatch(/^unfinished uploads are left as they are: .*AccessDenied.*\n$/);
  });
});
