import { createDataset } from "@pocaduck/ingest";
import { afterAll, describe, expect, test } from "vitest";
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

/** A dataset of one point, whose bucket grants `rights` to who has no keys. */
async function datasetGranting(...rights: string[]): Promise<string> {
  const url = `s3://${await makeBucket(owner, rights)}/fly`;
  const dataset = await createDataset(await storeAt(url, env), { axes: [{ name: "x" }] });
  await using ingestor = dataset.ingestor();
  await ingestor.write("a", 7n, { positions: [5] });
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  return url;
}

const nobody = { ...env, POCADUCK_S3_ANONYMOUS: "true" };

async function ends(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await startCommand(words, { env: nobody }).ended;
  if (code === 0) return stdout;
  expect(stdout).toBe("");
  expect(stderr.trim().split("\n").length).toBe(1);
  return `${code} ${stderr}`;
}

const denied = /^6 .*AccessDenied/;

describe.skipIf(!servers)("with some rights alone (needs Go for MinIO)", () => {
  test("to read and to list: lookups and verify work, and what writes is refused", async () => {
    const url = await datasetGranting("s3:GetObject", "s3:ListBucket");
    expect(await ends("points", url, "7")).toBe("x\n5\n");
    expect(await ends("verify", url)).toMatch(/objects of .* bytes read/);
    expect(await ends("create", `${url}-new`)).toMatch(denied);
  });

  test("to read: lookups work, and what lists is refused", async () => {
    const url = await datasetGranting("s3:GetObject");
    expect(await ends("points", url, "7")).toBe("x\n5\n");
    expect(await ends("count", url, "7")).toMatch(/^1$/m);
    expect(await ends("verify", url)).toMatch(denied);
    expect(await ends("gc", url)).toMatch(denied);
  });

  test("to write: lookups are refused", async () => {
    const url = await datasetGranting("s3:PutObject", "s3:DeleteObject");
    expect(await ends("points", url, "7")).toMatch(denied);
    expect(await ends("info", url)).toMatch(denied);
    expect(await ends("publish", url)).toMatch(denied);
  });

  test("to do nothing: everything is refused", async () => {
    const url = await datasetGranting("s3:ListBucketMultipartUploads");
    for (const word of ["info", "labels", "verify", "gc", "publish"]) {
      expect(await ends(word, url)).toMatch(denied);
    }
  });
});
