import { mkdirSync, mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@pocaduck/storage";
import { storeContract } from "@pocaduck/storage/testing";
import { expect, test } from "vitest";
import { open } from "../src/index.ts";
import { command } from "./run-command.ts";

const none = { s3: {}, gs: {}, requests: {}, reads: {}, schemes: {} };

/** What CONTRIBUTING shows: a backend of someone else, registered and proven. */
const madeUp = `
import { MemoryStore } from ${JSON.stringify(import.meta.resolve("@pocaduck/storage"))};
const places = new Map();
export function openStore(url, settings) {
  if (!places.has(url.hostname)) places.set(url.hostname, new MemoryStore());
  return places.get(url.hostname);
}
`;

/** A folder with a configuration that registers `module`, which is installed beside it. */
function withModule(folder: string, code: string): string {
  const module = join(folder, "node_modules/made-up-store");
  mkdirSync(module, { recursive: true });
  writeFileSync(join(module, "index.mjs"), code);
  writeFileSync(join(module, "package.json"), '{"name":"made-up-store","exports":"./index.mjs"}');
  const config = join(folder, "pocaduck.config.json");
  writeFileSync(config, '{"schemes":{"madeup":"made-up-store"}}');
  return config;
}

test("a backend of someone else registers its scheme and keeps the contract", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-scheme-"));
  withModule(folder.path, madeUp);
  const schemes = { madeup: "made-up-store", missing: "no-such-package" };
  const settings = { ...none, schemes, folder: folder.path };
  for (const [index, { name, run }] of storeContract.entries()) {
    const store: Store = await open(`madeup://place-${index}/`, { settings });
    await run(store).catch((cause) => {
      throw new Error(name, { cause });
    });
  }
  await expect(open("missing://x/", { settings })).rejects.toThrow(
    /no-such-package is not installed; run: npm install no-such-package/,
  );
});

test("a module is found from the configuration that names it, wherever the command runs", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-scheme-"));
  const config = withModule(folder.path, madeUp);
  const { code, stderr } = await command("create", "madeup://place/", "--config", config);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const examined = await command("doctor", "madeup://place/", "--config", config);
  expect(examined).toMatchObject({ code: 0, stderr: "" });
  expect(examined.stdout).toMatch(/^holds {2}putIfAbsent has exactly one winner of many$/m);
});

test("doctor tries of a store without writes what can be read", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-scheme-"));
  const reading = `${madeUp.replace("openStore", "openWhole")}
export function openStore(url) {
  const store = openWhole(url);
  const body = new TextEncoder().encode("{}\\n\\n");
  const ready = store.put("pocaduck.json", body);
  return {
    head: (key) => ready.then(() => store.head(key)),
    get: (key) => ready.then(() => store.get(key)),
    getRange: (key, range) => ready.then(() => store.getRange(key, range)),
    list: (prefix) => store.list(prefix),
  };
}`;
  const config = withModule(folder.path, reading);
  const { code, stdout } = await command("doctor", "madeup://place/", "--config", config);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^2 of 2 hold$/m) });
});

test("a module that opens no store is named, and what it lacks", async () => {
  const said = async (code: string): Promise<string> => {
    using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-scheme-"));
    withModule(folder.path, code);
    const settings = { ...none, schemes: { madeup: "made-up-store" }, folder: folder.path };
    return await open("madeup://x/", { settings }).then(String, (error: Error) => error.message);
  };
  expect(await said("export const other = 1;")).toMatch(
    /made-up-store, registered for madeup:, exports no openStore/,
  );
  const lacking =
    /made-up-store, registered .* is no store, for it has no get, getRange, head, list$/;
  expect(await said("export function openStore() {}")).toMatch(lacking);
  expect(await said("export const openStore = async () => ({});")).toMatch(lacking);
  const half = "{ get() {}, getRange() {}, head() {}, list() {}, put() {} }";
  expect(await said(`export const openStore = () => (${half});`)).toMatch(
    /has no putIfAbsent, delete$/,
  );
});
