import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import type { ReadableStore, Store } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { expect, test } from "vitest";
import { configSchema, open, openReadable, readSettings } from "../src/index.ts";
import { command } from "./run-command.ts";

const schemaFile = new URL("../pocaduck.config.schema.json", import.meta.url);
const none = { s3: {}, gs: {}, requests: {}, schemes: {} };

function withFile<T>(text: string, use: (path: string) => T): T {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-config-"));
  const path = join(folder.path, "pocaduck.config.json");
  writeFileSync(path, text);
  return use(path);
}

function read(text: string, variables: Record<string, string> = {}): unknown {
  return withFile(text, (path) => readSettings({ POCADUCK_CONFIG: path, ...variables }));
}

test("the published schema is that of the settings", () => {
  expect(JSON.parse(readFileSync(schemaFile, "utf8"))).toEqual(configSchema());
});

test("variables overrule the file, setting by setting", () => {
  const file = JSON.stringify({
    $schema: "x",
    s3: { region: "a", pathStyle: true },
    requests: { attempts: 3 },
    schemes: { vast: "some-package" },
  });
  expect(read(file, { POCADUCK_S3_REGION: "b", POCADUCK_S3_PART_SIZE: "6000000" })).toEqual({
    s3: { region: "b", pathStyle: true, partSize: 6_000_000 },
    gs: {},
    requests: { attempts: 3 },
    schemes: { vast: "some-package" },
  });
  expect(readSettings({ POCADUCK_GS_ANONYMOUS: "no" })).toEqual({
    ...none,
    gs: { anonymous: false },
  });
});

test("a file that is not as the schema says is refused, naming what is wrong", () => {
  expect(() => read("{")).toThrow(/pocaduck\.config\.json: is not JSON/);
  expect(() => read("[]")).toThrow(/has to be an object/);
  expect(() => read('{"s3":{"regoin":"a"}}')).toThrow(/there is no setting s3\.regoin/);
  expect(() => read('{"s4":{"region":"a"}}')).toThrow(/there is no setting s4\.region/);
  expect(() => read('{"s3":{"region":5}}')).toThrow(/s3\.region: expected a string, got 5/);
  expect(() => read("{}", { POCADUCK_S3_ANONYMOUS: "perhaps" })).toThrow(/expected a boolean/);
  expect(() => readSettings({ POCADUCK_CONFIG: "/no/such/file" })).toThrow(/does not exist/);
});

test("credentials are no settings, and are repeated by no error", async () => {
  const canary = "canary4711secret";
  const attempts = [
    () => read(`{"s3":{"secretAccessKey":"${canary}"}}`),
    () => read(`{"s3":{"sessionToken":"${canary}"}}`),
    () => read(`{"s3":${canary}}`),
    () => openReadable(`s3://key:${canary}@bucket/fly`),
    () => openReadable(`https://key:${canary}@host/fly`),
    () => openReadable(`https://host/fly?X-Amz-Signature=${canary}`),
  ];
  for (const attempt of attempts) {
    const error = await Promise.resolve()
      .then(attempt)
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Error);
    expect(inspect(error, { depth: 12, showHidden: true })).not.toContain(canary);
  }
  for (const words of [
    ["info", `s3://key:${canary}@bucket/fly`],
    ["info", "s3://bucket/fly", "--set", `s3.secretAccessKey=${canary}`],
  ]) {
    const { code, stdout, stderr } = await command(...words);
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(canary);
  }
});

test("an address that no backend takes says what is wrong with it", async () => {
  const said = async (url: string): Promise<unknown> =>
    open(url, { settings: none }).catch((e) => e.message);
  expect(await said("s4://bucket/fly")).toMatch(/s4: is no known scheme.*s3:, gs:.*register it/);
  expect(await said("s3:///fly")).toMatch(/names no bucket/);
  expect(await said("https://host/fly")).toMatch(/can only be read/);
});

test("opening a folder loads no cloud package", () => {
  const program = `
    import { registerHooks } from "node:module";
    const loaded = [];
    registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
    const { open } = await import(${JSON.stringify(new URL("../src/open.ts", import.meta.url).href)});
    await open(${JSON.stringify(tmpdir())});
    console.log(loaded.filter((url) => /aws-sdk|google-cloud|storage-(s3|gcs|http)/.test(url)).length);
  `;
  const said = execFileSync(process.execPath, ["--input-type=module", "-e", program]);
  expect(said.toString().trim()).toBe("0");
});

/** What CONTRIBUTING shows: a backend of someone else, registered and proven. */
const madeUp = `
import { MemoryStore } from ${JSON.stringify(import.meta.resolve("@pocaduck/storage"))};
const places = new Map();
export function openStore(url, settings) {
  if (!places.has(url.hostname)) places.set(url.hostname, new MemoryStore());
  return places.get(url.hostname);
}
`;

test("a backend of someone else registers its scheme and keeps the contract", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-scheme-"));
  const module = join(folder.path, "node_modules/made-up-store");
  mkdirSync(module, { recursive: true });
  writeFileSync(join(module, "index.mjs"), madeUp);
  writeFileSync(join(module, "package.json"), '{"name":"made-up-store","exports":"./index.mjs"}');
  const path = join(module, "index.mjs");
  const settings = { ...none, schemes: { madeup: path, missing: "no-such-package" } };
  for (const [index, { name, run }] of storeContract.entries()) {
    const store: Store = await open(`madeup://place-${index}/`, { settings });
    await run(store).catch((cause) => {
      throw new Error(name, { cause });
    });
  }
  await expect(open("missing://x/", { settings })).rejects.toThrow(
    /no-such-package is not installed; run: npm install no-such-package/,
  );
  const empty = {
    ...none,
    schemes: {
      empty: fileURLToPath(schemaFile).replace("pocaduck.config.schema.json", "test/truth.ts"),
    },
  };
  await expect(open("empty://x/", { settings: empty })).rejects.toThrow(/exports no openStore/);
});

test("a path, a file: URL and a path of one letter open the same kind of store", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-open-"));
  const stores: ReadableStore[] = [
    await open(folder.path),
    await open(pathToFileURL(folder.path).href),
  ];
  for (const store of stores) {
    expect(store.constructor.name).toBe("LocalStore");
    expect((store as ReadableStore & { root: string }).root).toBe(folder.path);
  }
});
