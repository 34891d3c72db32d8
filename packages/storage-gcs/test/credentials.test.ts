import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { GcsStore, type GcsStoreOptions } from "../src/index.ts";
import { startGoogle } from "./google.ts";
import { place } from "./place.ts";

const { url, bucket } = place();
const google = await startGoogle();
/** As a tunnel to Google would be: on this machine, and in need of a token. */
const proxy = await startFaultProxy(url, false);
const printed: unknown[] = [];

beforeEach(() => {
  vi.stubEnv("HTTPS_PROXY", google.proxy);
  vi.stubEnv("NO_PROXY", "127.0.0.1");
  vi.stubEnv("GCE_METADATA_HOST", google.metadata);
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", undefined);
  vi.stubEnv("CLOUDSDK_CONFIG", "/nowhere");
  google.asked.length = 0;
  proxy.forget();
  proxy.script = ({ headers }) =>
    headers.authorization === `Bearer ${google.token()}`
      ? undefined
      : { answer: { status: 401, body: '{"error":{"message":"Invalid Credentials"}}' } };
  printed.length = 0;
  for (const method of ["log", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((...words) => void printed.push(words));
  }
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  expect(printed).toEqual([]);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

const quick = { baseMs: 1, capMs: 5, stallMs: 5000, attempts: 3 };

function open(options: Partial<GcsStoreOptions>): GcsStore {
  return new GcsStore({ bucket, endpoint: proxy.url, ...quick, ...options });
}

async function said(options: Partial<GcsStoreOptions>): Promise<string> {
  await using store = open(options);
  return store
    .get("absent")
    .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
}

test("a service account's key is exchanged for a token, once, also for a tunnel on this machine", async () => {
  const keyFile = await google.file("account.json", google.serviceAccount);
  await using store = open({ keyFile });
  expect(await store.get("absent")).toBeUndefined();
  expect(await store.get("absent")).toBeUndefined();
  expect(google.asked).toEqual(["oauth2 urn:ietf:params:oauth:grant-type:jwt-bearer"]);
});

test("a user's credentials are found where GOOGLE_APPLICATION_CREDENTIALS says", async () => {
  const path = await google.file("user.json", {
    type: "authorized_user",
    client_id: "id",
    client_secret: "client-canary",
    refresh_token: "refresh-canary",
  });
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", path);
  expect(await said({ anonymous: false })).toBe("undefined");
  expect(google.asked).toEqual(["oauth2 refresh_token"]);
});

test("a workload's identity is exchanged for a token", async () => {
  const file = await google.file("identity", { token: "identity-canary" });
  const path = await google.file("workload.json", {
    type: "external_account",
    audience:
      "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
    subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
    token_url: `http://${google.metadata}/sts`,
    credential_source: { file, format: { type: "json", subject_token_field_name: "token" } },
  });
  vi.stubEnv("GOOGLE_APPLICATION_CREDENTIALS", path);
  expect(await said({ anonymous: false })).toBe("undefined");
  expect(google.asked).toEqual(["metadata urn:ietf:params:oauth:grant-type:token-exchange"]);
});

test("a token that is refused with time left is replaced, once; then the refusal is said", async () => {
  const keyFile = await google.file("account.json", google.serviceAccount);
  await using store = open({ keyFile });
  await store.get("absent");
  // Revoked: only the next one is good.
  const next = "Bearer canary-token-2";
  proxy.forget();
  proxy.script = ({ headers }) =>
    headers.authorization === next ? undefined : { answer: { status: 401 } };
  expect(await store.get("absent")).toBeUndefined();
  expect(proxy.seen.length).toBe(2);
  proxy.forget();
  proxy.script = ({ headers }) => ({
    answer: { status: 401, body: `no ${headers.authorization} ${headers.authorization?.slice(7)}` },
  });
  const error = await store.get("absent").catch(String);
  expect(error).toMatch(/after 2 attempts/);
  expect(error).not.toContain("canary");
  expect(proxy.seen.length).toBe(2);
});

test("anonymous access, and an emulator on this machine, ask nobody for a token", async () => {
  proxy.script = () => undefined;
  expect(await said({ anonymous: true })).toBe("undefined");
  expect(await said({})).toBe("undefined");
  expect(google.asked).toEqual([]);
  expect(await said({ anonymous: false })).toBe("undefined");
  expect(google.asked.length).toBeGreaterThan(0);
});

test("a key file that is absent or none is said, and quoted nowhere", async () => {
  expect(await said({ keyFile: "/nope.json" })).toMatch(
    /^forbidden: .*no usable credentials: .*\/nope\.json/,
  );
  const keyFile = await google.file("list.json", ["canary"]);
  const error = await said({ keyFile });
  expect(error).toMatch(/^forbidden: .*no usable credentials/);
  expect(error).not.toContain("canary");
  expect(proxy.seen).toEqual([]);
});
