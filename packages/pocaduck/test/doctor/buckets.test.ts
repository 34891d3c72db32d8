import { ListMultipartUploadsCommand, ListObjectsV2Command } from "@aws-sdk/client-s3";
import { storeContract } from "@pocaduck/storage/testing";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { type Fault, startFaultProxy } from "../../../storage/test/faults/proxy.ts";
import { makeBucket, ownerOf } from "../bucket-rights.ts";
import { startBuckets } from "../bucket-servers.ts";
import { startCommand } from "../run-command.ts";
import { examine, failing, find } from "./examine.ts";

const servers = await startBuckets();
const s3Proxy = await startFaultProxy(servers?.s3 ?? "http://127.0.0.1");
const gsProxy = await startFaultProxy(servers?.gs ?? "http://127.0.0.1", false);
afterAll(async () => {
  await s3Proxy[Symbol.asyncDispose]();
  await gsProxy[Symbol.asyncDispose]();
  await servers?.stop();
});

const env = servers?.env({ s3: s3Proxy.url, gs: gsProxy.url }) ?? process.env;
const client = ownerOf(servers?.s3 ?? "http://127.0.0.1", env);
afterAll(() => client.destroy());

beforeEach(() => {
  for (const proxy of [s3Proxy, gsProxy]) proxy.script = () => undefined;
});

/** Objects and uploads in a bucket, asked of the server itself. */
async function left(scheme: string, bucket = "fly"): Promise<number> {
  if (scheme === "gs") {
    const listed = await fetch(`${servers?.gs}/storage/v1/b/${bucket}/o`);
    const { items = [] } = (await listed.json()) as { items?: unknown[] };
    return items.length;
  }
  const { KeyCount = 0 } = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  return KeyCount + Uploads.length;
}

const bucketGranting = async (...rights: string[]): Promise<[string, typeof env]> => [
  await makeBucket(client, rights),
  { ...env, POCADUCK_S3_ANONYMOUS: "true" },
];

const all = ["s3:ListBucket", "s3:PutObject", "s3:GetObject", "s3:DeleteObject"];

const title = "doctor in buckets (needs Go for MinIO and fake-gcs-server)";

describe.skipIf(!servers)(title, { timeout: 180_000 }, () => {
  test.each(["s3", "gs"])("%s: every promise holds, and nothing is left", async (scheme) => {
    const examined = await examine(`${scheme}://fly/some/prefix`, env);
    expect(examined).toMatchObject({ code: 0, stderr: "" });
    // Neither server lets a page read private objects, or says all that a page needs.
    expect(failing(examined)).toEqual(["a web page may read ranges (CORS)"]);
    expect(examined.findings.length).toBe(storeContract.length + 6);
    expect(await left(scheme)).toBe(0);
  });

  const ignoring: Record<string, [typeof s3Proxy, (headers: object, path: string) => Fault]> = {
    s3: [
      s3Proxy,
      (headers) =>
        "if-none-match" in headers ? { answer: { status: 200, headers: { etag: '"new"' } } } : {},
    ],
    gs: [
      gsProxy,
      () => ({
        request: (headers, path) => ({ headers, path: path.replace("&ifGenerationMatch=0", "") }),
      }),
    ],
  };
  test.each(["s3", "gs"])(
    "%s: a server that ignores conditions is found out, and gets no dataset",
    async (scheme) => {
      const [proxy, fault] = ignoring[scheme] ?? [s3Proxy, () => ({})];
      proxy.script = ({ headers, path }) => fault(headers, path);
      const examined = await examine(`${scheme}://fly`, env);
      expect(examined.code).toBe(1);
      expect(find(examined, /putIfAbsent creates once/)).toMatchObject({
        holds: false,
        advice: expect.stringMatching(/lets one writer overwrite another/),
      });
      expect(find(examined, /exactly one winner/)?.holds).toBe(false);
      expect(find(examined, /getRange returns exactly/)?.holds).toBe(true);
      const created = await startCommand(["create", `${scheme}://fly/unsafe`], { env }).ended;
      expect(created).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringMatching(/overwrites in a conditional create/),
      });
      expect(await left(scheme)).toBe(0);
    },
  );

  test("a server that ignores ranges is found out", async () => {
    gsProxy.script = ({ method }) =>
      method === "GET"
        ? {
            head: (status, { "content-range": _, ...headers }) => [
              status === 206 ? 200 : status,
              headers,
            ],
          }
        : undefined;
    const quick = { ...env, POCADUCK_REQUESTS_ATTEMPTS: "1" };
    const examined = await examine("gs://fly", quick);
    expect(examined.code).toBe(1);
    expect(find(examined, /getRange returns exactly/)).toMatchObject({
      holds: false,
      advice: expect.stringMatching(/does not serve ranges/),
    });
    expect(find(examined, /exactly one winner/)?.holds).toBe(true);
    expect(await left("gs")).toBe(0);
  });

  const rights: [denied: string, promise: string, advice: RegExp][] = [
    ["s3:ListBucket", "may list", /grant s3:ListBucket/],
    ["s3:PutObject", "may write", /grant s3:PutObject/],
    ["s3:GetObject", "may read", /grant s3:GetObject/],
  ];
  test.each(rights)(
    "without %s it is said, and nothing is left",
    async (denied, promise, advice) => {
      const [bucket, nobody] = await bucketGranting(...all.filter((each) => each !== denied));
      const examined = await examine(`s3://${bucket}/fly`, nobody);
      expect(examined.code).toBe(1);
      expect(failing(examined)).toContain(promise);
      expect(find(examined, new RegExp(promise))?.advice).toMatch(advice);
      expect(failing(examined)).not.toContain("what doctor wrote is gone again");
      expect(await left("s3", bucket)).toBe(0);
    },
  );

  test("without the right to delete it says what it leaves, and where", async () => {
    const [bucket, nobody] = await bucketGranting("s3:ListBucket", "s3:PutObject", "s3:GetObject");
    const examined = await examine(`s3://${bucket}/fly`, nobody);
    expect(examined.code).toBe(1);
    expect(failing(examined)).toContain("may delete");
    expect(find(examined, /is gone again/)).toMatchObject({
      holds: false,
      advice: expect.stringMatching(/^delete everything below pocaduck-doctor-[\w-]+\/$/),
    });
    expect(await left("s3", bucket)).toBe(1);
  });

  test("a bucket that is not there is one failure, and no page can read it", async () => {
    const examined = await examine("s3://nowhere/fly", env);
    expect(examined.code).toBe(1);
    expect(failing(examined)).toEqual(["may list", "a web page may read ranges (CORS)"]);
    expect(find(examined, /may list/)?.advice).toMatch(/bucket's name/);
  });

  test("a page may read a public bucket, and not one whose server says no origin", async () => {
    // Without the right to delete it ends early, which spares time here.
    const [bucket, nobody] = await bucketGranting(...all.slice(0, 3));
    const open = await examine(`s3://${bucket}`, nobody);
    expect(find(open, /CORS/)).toMatchObject({ holds: true });
    s3Proxy.script = () => ({
      head: (status, { "access-control-allow-origin": _, ...headers }) => [status, headers],
    });
    const closed = await examine(`s3://${bucket}`, nobody);
    expect(find(closed, /CORS/)).toMatchObject({
      holds: false,
      failure: expect.stringMatching(/no allowed origin/),
    });
  });

  test.each(["s3", "gs"])("%s: when it is interrupted nothing is left", async (scheme) => {
    const proxy = scheme === "s3" ? s3Proxy : gsProxy;
    const { child, ended } = startCommand(["doctor", `${scheme}://fly`], { env });
    proxy.script = (_, index) => {
      if (index === 150) child.kill("SIGTERM");
      return { delayMs: 5 };
    };
    proxy.forget();
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).not.toMatch(/FAILS/);
    expect(stdout).toMatch(/^holds {2}what doctor wrote is gone again$/m);
    expect(await left(scheme)).toBe(0);
  });
});
