import { inspect } from "node:util";
import { isStoreError } from "@pocaduck/storage";
import { afterAll, expect, test } from "vitest";
import { Canary } from "../../storage/test/faults/canary.ts";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { describeFaults } from "../../storage/test/faults/suite.ts";
import { S3Store, type S3StoreOptions } from "../src/index.ts";
import { pieces } from "./pieces.ts";
import { place } from "./place.ts";

const { url, bucket, ...credentials } = place();
const proxy = await startFaultProxy(url);
afterAll(() => proxy[Symbol.asyncDispose]());

const mebibyte = 1 << 20;
const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };
const canary = new Canary(Object.values(credentials));
const { observe } = canary;
const open = (options = {}): S3Store =>
  canary.watch(
    new S3Store({
      observe,
      bucket,
      endpoint: proxy.url,
      credentials,
      partSize: 5 * mebibyte,
      ...quick,
      ...options,
    }),
  );

describeFaults({
  name: "S3Store on MinIO",
  proxy,
  open,
  openChecked: (options) => open({ ...options, checksums: true }),
  secrets: [credentials.secretAccessKey, credentials.accessKeyId],
  isRead: ({ method, path }) => method === "GET" && !path.includes("list-type"),
  isPut: ({ method, path }) => method === "PUT" && !path.includes("partNumber"),
  // A signed request cannot be changed on the way, but answered.
  ignoring: { answer: { status: 200, headers: { etag: '"new"' } } },
  conflict: "<Error><Code>ConditionalRequestConflict</Code><Message>busy</Message></Error>",
});

test("an expired token and a skewed clock are tried once more, and then said", async () => {
  const error = (code: string): string =>
    `<Error><Code>${code}</Code><Message>no</Message></Error>`;
  for (const code of ["ExpiredToken", "RequestTimeTooSkewed"]) {
    proxy.forget();
    proxy.script = () => ({ answer: { status: 403, body: error(code) } });
    await expect(open().get("a")).rejects.toSatisfy((e) => isStoreError(e, "forbidden"));
    expect(proxy.seen.length).toBe(2);
    proxy.forget();
    proxy.script = (_, index) =>
      index === 0 ? { answer: { status: 403, body: error(code) } } : undefined;
    expect(await open().get("absent")).toBeUndefined();
  }
  proxy.script = () => undefined;
});

test("a missing bucket, a wrong region, a missing right and a wrong endpoint each say what they are", async () => {
  const said = async (options: object): Promise<string> =>
    open({ attempts: 2, ...options })
      .get("a")
      .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
  expect(await said({ bucket: "no-such-bucket" })).toMatch(/^not-found: .*bucket does not exist/);
  expect(await said({ anonymous: true, credentials: undefined })).toMatch(
    /^forbidden: .*AccessDenied/,
  );
  expect(await said({ credentials: { ...credentials, secretAccessKey: "wrong" } })).toMatch(
    /^forbidden: .*SignatureDoesNotMatch/,
  );
  expect(await said({ endpoint: "http://127.0.0.1:9" })).toMatch(
    /^unavailable: .*ECONNREFUSED 127\.0\.0\.1:9/,
  );
  expect(await said({ endpoint: "http://no-such-host.invalid", insecure: true })).toMatch(
    /^unavailable: .*no-such-host\.invalid/,
  );
  const headers = { "x-amz-bucket-region": "eu-west-1" };
  const body = "<Error><Code>PermanentRedirect</Code><Message>elsewhere</Message></Error>";
  proxy.script = () => ({ answer: { status: 301, headers, body } });
  expect(await said({})).toMatch(/^unavailable: .*the bucket is in region eu-west-1, set that/);
  proxy.forget();
  proxy.script = () => ({
    answer: { status: 307, headers: { location: "https://other.example/x" } },
  });
  expect(await said({})).toMatch(
    /^forbidden: .*redirected to other\.example, where the credentials/,
  );
  expect(proxy.seen.length).toBe(1);
  for (const status of [403, 502]) {
    const page = "<!DOCTYPE html><html><style>p{}</style><title>Gate</title></html>";
    proxy.script = () => ({
      answer: { status, headers: { "content-type": "text/html" }, body: page },
    });
    expect(await said({})).toMatch(new RegExp(`a web page was the answer.*\\(${status}\\)`));
  }
  proxy.script = () => ({ answer: { status: 400 } });
  expect(await said({})).toMatch(/^unavailable: .*\(400\)$/);
  proxy.script = () => undefined;
  const secure = `https://${new URL(proxy.url).host}`;
  expect(await said({ endpoint: secure })).toMatch(/^unavailable: .*EPROTO\S*\)$/);
  proxy.script = () => undefined;
});

test("after faults of S3's own no error holds a secret", async () => {
  const error = (code: string): string =>
    `<Error><Code>${code}</Code><Message>no</Message><AWSAccessKeyId>${credentials.accessKeyId}</AWSAccessKeyId></Error>`;
  const told: unknown[] = [];
  const session = { ...credentials, sessionToken: "session-canary-token" };
  const store = open({
    credentials: session,
    attempts: 2,
    observe: (attempt: unknown) => void told.push(attempt),
  });
  const calls = [
    () => store.get("a"),
    () => store.getRange("a", { offset: 0, length: 1 }),
    () => store.put("a", new Uint8Array(1)),
    () => store.put("a", pieces(6_000_000)),
    () => store.delete("a"),
    () => store.list("a")[Symbol.asyncIterator]().next(),
  ];
  // The last one lets the real server see a token that it does not know.
  const codes = ["ExpiredToken", "SignatureDoesNotMatch", "RequestTimeTooSkewed", undefined];
  for (const code of codes) {
    proxy.script = () =>
      code === undefined ? undefined : { answer: { status: 403, body: error(code) } };
    for (const call of calls) told.push(await call().catch((caught: unknown) => caught));
  }
  proxy.script = ({ path }) =>
    path.includes("partNumber") ? { answer: { status: 403, body: error("Part") } } : undefined;
  told.push(
    await open()
      .put("a", pieces(6_000_000))
      .catch((caught: unknown) => caught),
  );
  proxy.script = () => undefined;
  expect(told.filter((one) => isStoreError(one, "forbidden")).length).toBe(25);
  const views = told.map((one) => inspect(one, { depth: 12, showHidden: true })).join("\n");
  for (const secret of Object.values(session)) expect(views).not.toContain(secret);
  expect(views).not.toMatch(/authorization|uploadId=\w|x-amz-security-token/i);
});

test("options that cannot be right are refused, naming them", () => {
  expect(() => open({ bucket: "a/b" })).toThrow(/`bucket`/);
  expect(() => open({ partSize: 100 })).toThrow(/`partSize`/);
  expect(() => open({ endpoint: "http://example.org" })).toThrow(/`endpoint` to be https/);
  expect(() => open({ endpoint: "https://key:secret@example.org" })).toThrow(/no credentials/);
  expect(() => open({ attempts: 0 })).toThrow(/`attempts`/);
  expect(() => open({ region: 5 })).toThrow(/`region` to be of type string, got number/);
  expect(() => open({ region: "us east" })).toThrow(/`region` to be a name .*got "us east"/);
  expect(() => open({ regoin: "eu-west-1" })).toThrow(/no option `regoin`/);
  expect(() => new S3Store(undefined as unknown as S3StoreOptions)).toThrow(/`options`/);
});
