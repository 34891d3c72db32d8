import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readManifest } from "@pocaduck/labelmap-export";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { exportable } from "../../labelmap-export/test/labelmap-fixture.ts";
import { proxy } from "../../labelmap-export/test/proxy.ts";
import { rowsOf } from "../../labelmap-export/test/read-export.ts";
import { fakeVast } from "../../vastdb/src/testing/index.ts";
import { keyPem } from "../src/export/pem.ts";
import { freePort, healthy } from "./dvid-service.ts";
import { command, commandJson, killGroup, startCommand } from "./run-command.ts";

const server = await available(startDvid);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-dvid-export-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

describe.skipIf(!server)("exports of a real DVID by command (needs Go or Docker)", () => {
  const url = server?.url ?? "";
  const version = server && exportable(url);
  const uuid = async (): Promise<string> => (await version) ?? "";

  test("dvid export does all of it, and again without writing anything", async () => {
    const sink = join(folder, "alone");
    const words = ["dvid", "export", url, (await uuid()).slice(0, 8), "seg", sink];
    const status = await commandJson<{ state: string; blocks: number }>(
      ...words,
      ...["--workers", "2", "--shard-bits", "3"],
    );
    expect(status).toMatchObject({ state: "done", failures: [], blocks: 8 });
    expect(await rowsOf(new LocalStore(sink), "blocks")).toHaveLength(8);
    expect(await readManifest(new LocalStore(sink))).toMatchObject({ complete: true });
    // What processes leave that are killed as they write: one of them long ago, one that may still be at work.
    const staging = join(sink, ".staging");
    for (const name of ["old", "young"]) writeFileSync(join(staging, name), "half a file");
    utimesSync(join(staging, "old"), 0, 0);
    const again = await command(...words, "--shard-bits", "3", "--log");
    expect(readdirSync(staging)).toEqual(["young"]);
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(
      /^wrote nothing in \S+ s: (\d+) of \1 tasks, with 8 blocks, were in .*alone already\n$/,
    );
    expect(again.stderr.split("\n")[0]).toMatch(/^\{"time":"20.*"event":"/);
    // Another layout is another export.
    const other = await command(...words, "--scales", "0");
    expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining("choose an empty") });
  });

  test("an export without a block warns, whenever it is run", async () => {
    const words = ["dvid", "export", url, await uuid(), "seg", join(folder, "empty")];
    for (const _ of ["first", "again"]) {
      expect(await command(...words, "--extents", "5000,0,0,5100,9,9")).toMatchObject({
        code: 0,
        stderr: expect.stringMatching(/^warning: no block was found: do the extents/),
      });
    }
    const { stderr } = await command(...words.slice(0, 5), join(folder, "full"), "--scales", "0");
    expect(stderr).toBe("");
  });

  test("dvid serve reads for dvid workers that came before, with a token", async () => {
    const port = await freePort();
    const env = { POCADUCK_TOKEN: "t0ken", ...process.env };
    const [flight, http] = [`127.0.0.1:${port}`, `127.0.0.1:${await freePort()}`];
    const sink = join(folder, "served");
    const service = startCommand(
      ["dvid", "serve", "--dvid", url, "--flight", flight, "--http", http],
      { env },
    );
    const worker = (name: string, token: string) =>
      startCommand(
        ["dvid", "worker", "--service", `grpc+tcp://${flight}`, "--sink", sink, "--name", name],
        { env: { ...env, POCADUCK_TOKEN: token } },
      );
    const workers = ["a", "b"].map((name) => worker(name, "t0ken"));
    try {
      await healthy(`http://${http}/healthz`);
      const path = `/api/node/${await uuid()}/seg/export/2?shard-bits=3`;
      const post = (token: string): Promise<Response> =>
        fetch(`http://${http}${path}`, {
          method: "POST",
          headers: { authorization: `Bearer ${token}` },
        });
      expect((await post("wrong")).status).toBe(401);
      expect(await worker("c", "wrong").ended).toMatchObject({ code: 6 });
      const begun = await post("t0ken");
      expect(begun.status).toBe(202);
      const { status } = (await begun.json()) as { status: string };
      let state = "";
      for (let waited = 0; state !== "done" && waited < 20_000; waited += 100) {
        await new Promise((resolve) => setTimeout(resolve, 100));
        ({ state } = (await (await fetch(`http://${http}${status}`)).json()) as { state: string });
      }
      expect(state).toBe("done");
      service.child.kill("SIGTERM");
      expect(await service.ended).toMatchObject({ code: 0 });
      for (const { child } of workers) child.kill("SIGTERM");
      for (const { ended } of workers) expect(await ended).toMatchObject({ code: 0 });
    } finally {
      for (const { child } of [service, ...workers]) killGroup(child);
    }
    expect(await rowsOf(new LocalStore(sink), "blocks")).toHaveLength(8);
  });

  test("dvid export into VAST, here its fake", async () => {
    await using fake = await fakeVast();
    const objects = join(folder, "objects");
    const sink = `vast+${fake.endpoint}/b/fly?objects=${encodeURIComponent(objects)}`;
    const words = ["dvid", "export", url, await uuid(), "seg", sink, "--workers", "2"];
    const to = (env: NodeJS.ProcessEnv) => startCommand(words, { env }).ended;
    expect(await to(process.env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("VAST_ACCESS_KEY"),
    });
    const { accessKey, secretKey } = fake.credentials;
    const keyed = { ...process.env, VAST_ACCESS_KEY: accessKey, VAST_SECRET_KEY: secretKey };
    expect(await to(keyed)).toMatchObject({ code: 0 });
    expect(fake.rows({ bucket: "b", schema: "fly", table: "blocks" })?.numRows).toBe(8);
    const wrong = await to({ ...keyed, VAST_SECRET_KEY: "x" });
    expect(wrong).toMatchObject({ code: 6, stderr: expect.stringContaining("403") });
    const short = await command(...words.slice(0, 5), "vast+http://host/b");
    expect(short).toMatchObject({ code: 2, stderr: expect.stringContaining("?objects=") });
  });

  test("an export that was killed is gone on with by the same command", async () => {
    await using slow = await proxy(url, () => false, 300);
    const sink = join(folder, "killed");
    const words = ["dvid", "export", slow.url, await uuid(), "seg", sink, "--shard-bits", "3"];
    const first = startCommand([...words, "--workers", "2"]);
    const store = new LocalStore(sink);
    for (let waited = 0; waited < 20_000 && (await keys(store)) === 0; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    killGroup(first.child);
    await first.ended;
    expect(await readManifest(store)).toBeUndefined();
    const before = new Set<string>();
    for await (const { key } of store.list("receipts/")) before.add(key);
    const again = await command("dvid", "export", url, ...words.slice(3), "--workers", "2");
    expect(again.code).toBe(0);
    let rowsBefore = 0;
    for (const key of before) {
      if (!key.startsWith("receipts/blocks/")) continue;
      const receipt = Buffer.from((await store.get(key)) ?? []).toString();
      rowsBefore += (JSON.parse(receipt) as { rows: number }).rows;
    }
    const total = (await readManifest(store))?.tasks.length ?? 0;
    expect(again.stdout).toMatch(
      new RegExp(
        `^exported ${total - before.size} tasks in \\S+ s: ${8 - rowsBefore} blocks, \\S+ MB written to .*killed; ` +
          `${before.size} tasks with ${rowsBefore} blocks were there before\n$`,
      ),
    );
    expect(await rowsOf(store, "blocks")).toHaveLength(8);
    const manifest = await readManifest(store);
    expect(manifest).toMatchObject({ complete: true, totals: { blocks: 8 } });
  });

  test("an interruption is heard while DVID says nothing", async () => {
    let asked = 0;
    await using mute = await proxy(url, () => ++asked > 0);
    const words = ["dvid", "export", mute.url, await uuid(), "seg", join(folder, "mute")];
    const { child, ended } = startCommand(words);
    for (let waited = 0; asked === 0 && waited < 20_000; waited += 20) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/interrupted/) });
  });

  test("a DVID that goes away is unavailable, whenever it does", async () => {
    const spoil = (path: string, response: ServerResponse): boolean => {
      if (!path.includes("/mappings")) return false;
      response.end("error: no mapping");
      return true;
    };
    await using spoilt = await proxy(url, spoil);
    const sink = join(folder, "unmapped");
    const words = ["dvid", "export", spoilt.url, await uuid(), "seg", sink, "--workers", "1"];
    expect(await command(...words)).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/DVID's mapping is cut/),
    });
  });

  test("a shard that cannot be read is told, in the exit code too", async () => {
    await using broken = await proxy(url, (path, response) => {
      const bad = path.includes("/blocks/") && path.includes("scale=2");
      if (bad) response.writeHead(400).end("no such block today");
      return bad;
    });
    const sink = join(folder, "broken");
    const words = ["dvid", "export", broken.url, await uuid(), "seg", sink, "--workers", "1"];
    const { code, stderr } = await command(...words);
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringMatching(/given up/) });
    expect(stderr).toContain("no such block today");
    expect(await readManifest(new LocalStore(sink))).toMatchObject({ complete: false });
  });

  test("bad input is one clear error each, and nothing is begun", async () => {
    const sink = join(folder, "none");
    const good = await uuid();
    const to = (...words: string[]) => command("dvid", "export", ...words, "--workers", "1");
    const cases: [string[], number, RegExp][] = [
      [[url, "0".repeat(32), "seg", sink], 3, /could not find/],
      [[url, good, "nothing", sink], 3, /nothing/],
      [[url, "zzz", "seg", sink], 2, /Expected a UUID/],
      [[url, `${good}:nowhere`, "seg", sink], 3, /nowhere/],
      [[url, good, "seg", sink, "--scales", "9"], 2, /0 to 2, got 9/],
      [[url, good, "seg", sink, "--scales", "x"], 2, /whole number/],
      [[url, good, "seg", sink, "--bins", "21"], 2, /Expected --bins to be/],
      [
        [url, good, "seg", sink, "--extents", "0,0,0,9999999,9999999,9999999", "--shard-bits", "0"],
        2,
        /at most 500000 shards.*larger --shard-bits, or --extents/,
      ],
      [[url, good, "seg", sink, "--extents", "1,2,3"], 2, /6 numbers/],
      [[url, good, "seg", sink, "--unused", "zero"], 2, /empty, null/],
      [["http://127.0.0.1:9", good, "seg", sink], 6, /127\.0\.0\.1:9/],
      [["nowhere", good, "seg", sink], 2, /nowhere/],
      [[url.replace("//", "//me:pw@"), good, "seg", sink], 2, /^(?!.*pw).*name or password/],
      [[url, ":nobranch", "seg", sink], 3, /nobranch/],
      [[url, good, "seg", "ftp://a/b"], 2, /no known scheme/],
    ];
    for (const [words, code, stderr] of cases) {
      const ended = await to(...words);
      expect(ended, words.join(" ")).toMatchObject({
        code,
        stderr: expect.stringMatching(stderr),
      });
      expect(ended.stderr.trim().split("\n"), ended.stderr).toHaveLength(1);
    }
    for (const workers of ["0", "-1", "1000000", "x"]) {
      const words = ["dvid", "export", url, good, "seg", sink, `--workers=${workers}`];
      expect(await command(...words)).toMatchObject({ code: 2 });
    }
    expect(await keys(new LocalStore(sink))).toBe(0);
    // A file where the sink should be.
    writeFileSync(join(folder, "file"), "");
    expect(await to(url, good, "seg", join(folder, "file"))).toMatchObject({
      code: expect.toSatisfy((code) => code !== 0),
      stderr: expect.stringContaining("file"),
    });
  });

  test("a service or a worker that cannot begin says why in one line", async () => {
    const sink = join(folder, "no worker");
    const unknown = await command("dvid", "worker", "--service", "x", "--sink", sink);
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("grpc+tcp://") });
    const empty = join(folder, "not.pem");
    writeFileSync(empty, "#");
    const service = ["--service", "grpc+tcp://127.0.0.1:9", "--sink", sink];
    for (const words of [
      ["worker", ...service, "--ca", empty],
      ["serve", "--dvid", url, "--tls-cert", empty, "--tls-key", empty],
    ]) {
      const stderr = `pocaduck: ${empty} holds no certificate in PEM\n`;
      expect(await command("dvid", ...words)).toMatchObject({ code: 2, stderr });
    }
    await expect(keyPem(empty)).rejects.toThrow(`${empty} holds no private key in PEM`);
    const taken = url.replace("http://", "");
    const serve = (...words: string[]) => command("dvid", "serve", "--dvid", url, ...words);
    const here = ["--flight", "127.0.0.1:0"];
    const http = await serve(...here, "--http", taken);
    expect(http).toMatchObject({ code: 6, stderr: expect.stringContaining(taken) });
    const flight = await serve("--flight", taken, "--http", "127.0.0.1:0");
    expect(flight).toMatchObject({ code: 6, stderr: expect.stringContaining(taken) });
    for (const { stderr } of [http, flight]) expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(await serve(...here, "--http", "0.0.0.0:0")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("set POCADUCK_TOKEN, or give --insecure"),
    });
    expect(await command("dvid", "serve", "--dvid", url, "--flight", "0.0.0.0:0")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--tls-cert"),
    });
  });
});

async function keys(store: LocalStore): Promise<number> {
  let count = 0;
  for await (const _ of store.list("receipts/")) count++;
  return count;
}
