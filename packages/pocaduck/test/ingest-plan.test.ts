import { join } from "node:path";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { startMinio } from "../../../scripts/servers/minio.mjs";
import { available } from "../../../test/available.ts";
import { shared } from "../../../test/shared.ts";
import { type Seen, startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { priceOf, type Requests } from "../src/scan/requests.ts";
import { startCommand } from "./run-command.ts";

const segmentation = join(shared ?? "", "segmentation");
const minio = await available(startMinio);
const proxy = minio && (await startFaultProxy(minio.url));
afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await minio?.stop();
});

const env: NodeJS.ProcessEnv = {
  ...process.env,
  POCADUCK_S3_ENDPOINT: proxy?.url,
  POCADUCK_S3_REGION: "us-east-1",
  POCADUCK_S3_PART_SIZE: String(5 << 20),
  AWS_ACCESS_KEY_ID: minio?.accessKeyId,
  AWS_SECRET_ACCESS_KEY: minio?.secretAccessKey,
};

interface Plan {
  blocks: number;
  skipped: number;
  points: number;
  requests: Requests;
  dollars: number;
}

async function run<T>(...words: string[]): Promise<T> {
  const { code, stdout, stderr } = await startCommand([...words, "--json"], { env }).ended;
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as T;
}

/** By what a vendor would charge for them; DELETE is free. */
function counted(seen: readonly Seen[]): Requests {
  const requests: Requests = { put: 0, get: 0, list: 0 };
  for (const { method, path } of seen) {
    if (method === "PUT" || method === "POST") requests.put++;
    else if (method === "GET" && path.includes("list-type=2")) requests.list++;
    else if (method === "GET" || method === "HEAD") requests.get++;
  }
  return requests;
}

/** Says a plan, does what it is of, and gives both. */
async function planned(...words: string[]): Promise<{ plan: Plan; made: Requests }> {
  const plan = await run<Plan>(...words, "--plan");
  expect(counted(proxy?.seen ?? []).put).toBe(0);
  proxy?.forget();
  await run(...words);
  const made = counted(proxy?.seen ?? []);
  proxy?.forget();
  return { plan, made };
}

function expectWithin({ plan, made }: { plan: Plan; made: Requests }, share: number): void {
  for (const kind of ["put", "get", "list"] as const) {
    const difference = Math.abs(plan.requests[kind] - made[kind]);
    expect({ kind, plan: plan.requests, made, near: difference <= share * made[kind] }).toEqual({
      kind,
      plan: plan.requests,
      made,
      near: true,
    });
  }
  expect(plan.dollars).toBeCloseTo(priceOf(plan.requests), 12);
}

describe.skipIf(!minio || !shared)(
  "ingest --plan (needs Go for MinIO, and ../shared)",
  { timeout: 180_000 },
  () => {
    const small = join(segmentation, "small-uint64/v3-zstd.zarr");
    beforeEach(() => proxy?.forget());

    test("tells the very requests of one worker, of more, of a rest, and of the next version", async () => {
      const credentials = { accessKeyId: "", secretAccessKey: "", ...minio };
      const region = "us-east-1";
      const client = new S3Client({
        endpoint: String(minio?.url),
        region,
        forcePathStyle: true,
        credentials,
      });
      await client.send(new CreateBucketCommand({ Bucket: "planned" }));
      client.destroy();
      const words = ["--points", "all", "--block", "16", "--commit-blocks", "4"];
      const alone = ["ingest", small, "s3://planned/alone", ...words, "--workers", "1"];
      expectWithin(await planned(...alone), 0);
      const nothing = await planned(...alone);
      expect(nothing.plan).toMatchObject({ blocks: 0, points: 0 });
      expectWithin(nothing, 0);

      const rest = ["ingest", small, "s3://planned/rest", ...words];
      expectWithin(await planned(...rest, "--task", "1/3"), 0);
      await run("publish", "s3://planned/rest");
      proxy?.forget();
      expectWithin(await planned(...rest, "--workers", "1"), 0);
    });

    test("is within a tenth with several workers, each of which sees what others have done by then", async () => {
      const words = ["--points", "all", "--block", "8", "--commit-blocks", "16", "--workers", "3"];
      const both = await planned("ingest", small, "s3://planned/several", ...words);
      expectWithin(both, 0.1);
    });

    test("says it in lines for people, of a disk too", async () => {
      const { code, stdout, stderr } = await startCommand([
        "ingest",
        small,
        join(segmentation, "../nowhere"),
        "--plan",
      ]).ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/^blocks to scan: \d+, in \d+ commits\npoints: about /);
    });
  },
);
