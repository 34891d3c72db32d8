import { mkdtempDisposableSync, realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { ReadableStore } from "@pocaduck/storage";
import { expect, test } from "vitest";
import { parseAddress } from "../src/address.ts";
import { open } from "../src/index.ts";
import { command } from "./run-command.ts";

const none = { s3: {}, gs: {}, requests: {}, reads: {}, schemes: {} };

test("a path and a file: URL open the same kind of store", async () => {
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

test("a file: URL without a slash is relative to where one stands", () => {
  const here = realpathSync(process.cwd());
  expect(parseAddress("file:tmp/a%20b")).toEqual({ folder: join(here, "tmp/a b") });
  expect(parseAddress("file:./local")).toEqual({ folder: join(here, "local") });
  expect(parseAddress("file:../fly")).toEqual({ folder: join(here, "../fly") });
  expect(parseAddress("file:/tmp/fly")).toEqual({ folder: "/tmp/fly" });
  expect(parseAddress("file:///tmp/fly")).toEqual({ folder: "/tmp/fly" });
  expect(parseAddress("C:fly")).toEqual({ folder: "C:fly" });
  expect(relative(here, "/")).not.toBe("");
});

test("what a URL says and no backend takes is refused, not dropped", async () => {
  const said = async (url: string): Promise<string> =>
    open(url, { settings: none }).then(String, (error: Error) => error.message);
  expect(await said("")).toMatch(/address is empty/);
  expect(await said("s4://bucket/fly")).toMatch(
    /s4: is no known scheme.*file:, s3:, gs:.*register/,
  );
  expect(await said("s3:///fly")).toMatch(/names no bucket/);
  expect(await said("s3://fly:9000/one")).toMatch(/takes no port; .* setting s3\.endpoint/);
  expect(await said("gs://fly:9000/one")).toMatch(/setting gs\.endpoint/);
  for (const path of ["a/../one", "./one", "%2e%2e/one", "/one", "a//one"]) {
    expect(await said(`s3://fly/${path}`)).toMatch(/has a segment "[.]{0,2}"/);
  }
  expect(await said("s3://fly/%ff")).toMatch(/not percent-encoded UTF-8/);
  expect(await said("s3://fl/one")).toMatch(/fl is no bucket's name/);
  expect(await said("s3://my%20bucket/one")).toMatch(/is no bucket's name/);
  expect(await said(`gs://fly/${"k".repeat(256)}`)).toMatch(/segment of 256 bytes/);
  expect(await said("s3://fly/a%0ab")).toMatch(/control character 10/);
  const deep = Array(9).fill("d".repeat(99)).join("/");
  expect(await said(`s3://fly/${deep}/e`)).toMatch(/path has 901 bytes; .* leave it 900/);
  expect(await said(`s3://fly/${deep}`)).not.toMatch(/path has/);
  expect(await said("file://host/fly")).toMatch(/names a host/);
  expect(await said("file:")).toMatch(/names no folder/);
  expect(await said("https://host/fly")).toMatch(/can only be read/);
});

test("a command refuses an empty address, and verify a place without listings", async () => {
  expect(await command("create", "")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/the address is empty/),
  });
  expect(await command("verify", "https://host.invalid/fly")).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/verify lists what is there, and this place has no listings/),
  });
});
