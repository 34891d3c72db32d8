import { afterAll, expect, test } from "vitest";
import { Canary } from "../../storage/test/faults/canary.ts";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { describeReadFaults } from "../../storage/test/faults/suite.ts";
import { HttpStore, type HttpStoreOptions } from "../src/index.ts";
import { folder, over, startFileServer } from "./file-server.ts";

const files = await startFileServer();
const proxy = await startFaultProxy(new URL(files.url).origin);
const url = `${proxy.url}${folder}`;
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await files[Symbol.asyncDispose]();
});

const headers = { authorization: "Bearer bearer-canary", "x-key": "key-canary" };

const secrets = ["bearer-canary", "key-canary"];
const canary = new Canary(secrets);

describeReadFaults({
  name: "HttpStore before a file server",
  proxy,
  open: (options) => over(new HttpStore(url, { headers, ...options }), files.held),
  secrets,
  isRead: ({ method }) => method === "GET",
});

const quick = { baseMs: 1, capMs: 5, stallMs: 2000 };

async function said(at: string, options: HttpStoreOptions = {}): Promise<string> {
  return canary
    .watch(new HttpStore(at, { ...quick, observe: canary.observe, ...options }))
    .get("a")
    .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
}

test("what will never be answered is asked once, and each failure says what it is", async () => {
  expect(await said(url.replace("http:", "https:"))).toMatch(/^unavailable: .*SSL.*\(\w+\)$/);
  expect(await said("http://127.0.0.1:6000/")).toMatch(/^unavailable: .*bad port \(BadPort\)$/);
  expect(await said("http://no-such-host.invalid/", { attempts: 2 })).toMatch(
    /^unavailable: .*no-such-host\.invalid .*, after 2 attempts$/,
  );
  const expired =
    "<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>";
  proxy.script = () => ({ answer: { status: 400, body: expired } });
  expect(await said(url)).toMatch(/^forbidden: .*expired\. \(400, ExpiredToken\)/);
  const page = "<!doctype html><style>p{}</style><title>Maintenance</title>";
  proxy.script = () => ({ answer: { status: 503, body: page } });
  expect(await said(url, { attempts: 2 })).toMatch(
    /^unavailable: .*a web page titled "Maintenance".*\(503\), after 2 attempts/,
  );
  proxy.script = () => undefined;
});

test("a server that echoes the caller's headers gets them into no message", async () => {
  const body = "no bearer-canary\u001b[31m with key-canary";
  proxy.script = () => ({ answer: { status: 403, body } });
  const message = await said(url, { headers });
  expect(message).toMatch(/^forbidden: .*no \*\*\* \[31m with \*\*\* \(403\)$/);
  proxy.script = () => undefined;
});
