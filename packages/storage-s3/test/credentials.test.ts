import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, expect, test, vi } from "vitest";
import { startFaultProxy } from "../../storage/test/faults/proxy.ts";
import { S3Store, type S3StoreOptions } from "../src/index.ts";
import { place } from "./place.ts";

const { url, bucket, ...credentials } = place();
const proxy = await startFaultProxy(url);
const { port } = new URL(proxy.url);
const folder = await mkdtemp(join(tmpdir(), "pocaduck-"));

/** Where a cloud's own services would answer. */
const asked: string[] = [];
let service: (request: IncomingMessage, response: ServerResponse) => void;
const services = createServer((request, response) => {
  asked.push(`${request.method} ${request.url}`);
  service(request, response);
});
services.listen(0, "127.0.0.1");
await once(services, "listening");
const servicesUrl = `http://127.0.0.1:${(services.address() as AddressInfo).port}`;

const printed: unknown[] = [];
beforeEach(async () => {
  // Nothing of this machine: no keys, no files, no metadata but ours.
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
  }
  await files({ config: "", credentials: "" });
  vi.stubEnv("AWS_EC2_METADATA_SERVICE_ENDPOINT", servicesUrl);
  vi.stubEnv("AWS_ENDPOINT_URL", proxy.url);
  proxy.script = () => undefined;
  proxy.forget();
  asked.length = 0;
  service = (_, response) => void response.writeHead(404).end();
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
  services.closeAllConnections();
  services.close();
  await rm(folder, { recursive: true });
});

let count = 0;
/** The SDK remembers what it read by its path. */
async function files(texts: { config: string; credentials: string }): Promise<void> {
  const path = join(folder, String(count++));
  await writeFile(`${path}.config`, texts.config);
  await writeFile(`${path}.credentials`, texts.credentials);
  vi.stubEnv("AWS_CONFIG_FILE", `${path}.config`);
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", `${path}.credentials`);
}

function keys(): void {
  vi.stubEnv("AWS_ACCESS_KEY_ID", credentials.accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", credentials.secretAccessKey);
}

const quick = { baseMs: 1, capMs: 5, stallMs: 2000, attempts: 3 };

async function said(options: Partial<S3StoreOptions> = {}): Promise<string> {
  await using store = new S3Store({ bucket, ...quick, ...options });
  return store
    .get("absent")
    .then(String, (error: Error & { code?: string }) => `${error.code}: ${error.message}`);
}

const json = (value: object) => (_: unknown, response: ServerResponse) =>
  void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));

test("keys, endpoint and region come from the environment; without a region it is us-east-1", async () => {
  keys();
  expect(await said()).toBe("undefined");
  expect(proxy.seen[0]?.headers.authorization).toContain("/us-east-1/s3/");
  vi.stubEnv("AWS_REGION", "eu-west-3");
  await said();
  expect(proxy.seen.at(-1)?.headers.authorization).toContain("/eu-west-3/s3/");
});

test("keys and region come from a profile, and an endpoint from that of AWS_PROFILE", async () => {
  await files({
    config: `[profile fly]\nregion = eu-north-1\nendpoint_url = ${proxy.url}\n`,
    credentials: `[fly]\naws_access_key_id = ${credentials.accessKeyId}\naws_secret_access_key = ${credentials.secretAccessKey}\n`,
  });
  expect(await said({ profile: "fly" })).toBe("undefined");
  vi.stubEnv("AWS_PROFILE", "fly");
  vi.stubEnv("AWS_ENDPOINT_URL", undefined);
  expect(await said()).toBe("undefined");
  expect(proxy.seen.length).toBe(2);
  for (const { headers } of proxy.seen) expect(headers.authorization).toContain("/eu-north-1/s3/");
});

test("an unknown profile is named, keys beside it or not, and nothing is printed", async () => {
  expect(await said({ profile: "flie" })).toMatch(/^forbidden: .*for the profile "flie"/);
  keys();
  vi.stubEnv("AWS_PROFILE", "flea");
  expect(await said()).toMatch(/^forbidden: .*for the profile "flea"/);
  expect(proxy.seen).toEqual([]);
});

test("plain HTTP off this machine gets no signature, wherever the endpoint came from", async () => {
  keys();
  const elsewhere = `http://0.0.0.0:${port}`;
  vi.stubEnv("AWS_ENDPOINT_URL", elsewhere);
  expect(await said()).toMatch(/^forbidden: .*credentials go to 0\.0\.0\.0:\d+; set `insecure`/);
  vi.stubEnv("AWS_ENDPOINT_URL", undefined);
  vi.stubEnv("AWS_ENDPOINT_URL_S3", elsewhere);
  expect(await said()).toMatch(/^forbidden: .*`insecure`/);
  vi.stubEnv("AWS_ENDPOINT_URL_S3", undefined);
  await files({ config: `[default]\nendpoint_url = ${elsewhere}\n`, credentials: "" });
  expect(await said()).toMatch(/^forbidden: .*`insecure`/);
  expect(proxy.seen).toEqual([]);
  expect(await said({ insecure: true })).toBe("undefined");
  expect(await said({ anonymous: true })).toMatch(/at 0\.0\.0\.0:\d+: .*AccessDenied/);
  expect(proxy.seen.at(-1)?.headers.authorization).toBeUndefined();
});

test("a web identity is exchanged for keys", async () => {
  await writeFile(join(folder, "token"), "identity-token");
  vi.stubEnv("AWS_WEB_IDENTITY_TOKEN_FILE", join(folder, "token"));
  vi.stubEnv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/fly");
  vi.stubEnv("AWS_ENDPOINT_URL_STS", servicesUrl);
  vi.stubEnv("AWS_REGION", "us-east-1");
  const { accessKeyId, secretAccessKey } = credentials;
  service = (request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      expect(body).toContain("WebIdentityToken=identity-token");
      response
        .writeHead(200, { "content-type": "text/xml" })
        .end(
          `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey><Expiration>2126-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`,
        );
    });
  };
  expect(await said()).toBe("undefined");
  expect(asked).toEqual(["POST /"]);
});

test("a container's keys are fetched, and fetched anew when the server calls them expired", async () => {
  const { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey } = credentials;
  vi.stubEnv("AWS_CONTAINER_CREDENTIALS_FULL_URI", `${servicesUrl}/task`);
  service = json({ AccessKeyId, SecretAccessKey, Token: "", Expiration: "2126-01-01T00:00:00Z" });
  expect(await said()).toBe("undefined");
  expect(asked).toEqual(["GET /task"]);
  const body = "<Error><Code>ExpiredToken</Code><Message>late</Message></Error>";
  proxy.script = (_, index) => (index === 1 ? { answer: { status: 400, body } } : undefined);
  expect(await said()).toBe("undefined");
  expect(asked.length).toBe(3);
});

test("a function is asked again after an expired token, and before its keys expire", async () => {
  let calls = 0;
  const give = async (): Promise<typeof credentials> => {
    calls++;
    return credentials;
  };
  await using store = new S3Store({ bucket, ...quick, credentials: give });
  await store.get("absent");
  await store.get("absent");
  expect(calls).toBe(1);
  const body = "<Error><Code>ExpiredToken</Code><Message>late</Message></Error>";
  proxy.forget();
  proxy.script = (_, index) => (index === 0 ? { answer: { status: 400, body } } : undefined);
  expect(await store.get("absent")).toBeUndefined();
  expect(calls).toBe(2);
  const expiration = new Date(Date.now() + 60_000);
  let short = 0;
  await using brief = new S3Store({
    bucket,
    ...quick,
    credentials: async () => {
      short++;
      return { ...credentials, expiration };
    },
  });
  await brief.get("absent");
  await brief.get("absent");
  expect(short).toBeGreaterThan(1);
});

test("anonymous access asks no service for credentials; without any, the chain does and says so", async () => {
  expect(await said({ anonymous: true })).toMatch(/^forbidden: .*AccessDenied/);
  expect(asked).toEqual([]);
  expect(await said()).toMatch(/^forbidden: .*no credentials found; set AWS_PROFILE or/);
  expect(asked.length).toBeGreaterThan(0);
});

test("a server that echoes the credentials gets them into no message", async () => {
  const { accessKeyId, secretAccessKey } = credentials;
  keys();
  const body = `<Error><Code>AccessDenied</Code><Message>${accessKeyId} with ${secretAccessKey}\u009b31m</Message></Error>`;
  proxy.script = () => ({ answer: { status: 403, body } });
  const message = await said();
  expect(message).toContain("*** with ***");
  expect(message).not.toMatch(/\p{Cc}/u);
});
