import { once } from "node:events";
import { mkdtempDisposableSync, readdirSync, rmSync } from "node:fs";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeContract } from "@pocaduck/storage/testing";
import { expect, test } from "vitest";
import { command } from "../run-command.ts";
import { examine, failing, find } from "./examine.ts";

test("a folder keeps every promise, and is left as it was", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-doctor-"));
  const examined = await examine(folder.path);
  expect(examined).toMatchObject({ code: 0, stderr: "" });
  expect(failing(examined)).toEqual([]);
  // The rights, and that all is gone again.
  expect(examined.findings.length).toBe(storeContract.length + 5);
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a folder that is not there is not there afterwards", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-doctor-"));
  expect(await examine(join(folder.path, "some/where"))).toMatchObject({ code: 0 });
  expect(readdirSync(folder.path)).toEqual([]);
});

test("a folder in the place of a file is one clear failure", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "pocaduck-doctor-"));
  const file = join(folder.path, "file");
  await command("create", file);
  const examined = await examine(join(file, "pocaduck.json"));
  expect(examined.code).toBe(1);
  expect(failing(examined)).toEqual(["may write"]);
  rmSync(file, { recursive: true });
});

const body = Buffer.from('{"format":"pocaduck"}');

/** A web server with one object, whose answers `answer` gives. */
async function serving<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    if (request.url === "/fly/pocaduck.json") answer(request, response);
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const cors = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": "Content-Range, ETag",
  "access-control-allow-headers": "Range, If-Match",
};

function ranged(headers: Record<string, string>): RequestListener {
  return ({ method, headers: asked }, response) => {
    const [, from = "0", to = ""] = /^bytes=(\d+)-(\d+)$/.exec(asked.range ?? "") ?? [];
    if (method === "OPTIONS") return void response.writeHead(204, headers).end();
    if (method === "HEAD" || asked.range === undefined) return whole(headers, response);
    const part = body.subarray(Number(from), Number(to) + 1);
    const range = `bytes ${from}-${Number(from) + part.length - 1}/${body.length}`;
    response.writeHead(206, { ...headers, "content-range": range }).end(part);
  };
}

function whole(headers: Record<string, string>, response: ServerResponse): void {
  response.writeHead(200, { ...headers, "content-length": body.length }).end(body);
}

test("a web server that serves ranges to any page keeps what a lookup needs", async () => {
  const examined = await serving(ranged(cors), (url) => examine(`${url}/fly`));
  expect(examined).toMatchObject({ code: 0, stderr: "" });
  expect(examined.findings.map(({ holds }) => holds)).toEqual([true, true, true]);
});

test("each header that a web page needs is missed by name, and no lookup elsewhere fails for it", async () => {
  const missed = async (change: Record<string, string>): Promise<string | undefined> => {
    const examined = await serving(ranged({ ...cors, ...change }), (url) => examine(`${url}/fly`));
    expect(examined.code).toBe(0);
    expect(failing(examined)).toEqual(["a web page may read ranges (CORS)"]);
    return find(examined, /CORS/)?.failure;
  };
  expect(await missed({ "access-control-allow-origin": "https://other.example" })).toMatch(
    /no allowed origin/,
  );
  expect(await missed({ "access-control-expose-headers": "date" })).toMatch(/content-range/);
  expect(await missed({ "access-control-allow-headers": "range" })).toMatch(/if-match/);
});

test("a web server without ranges is told so, and every finding is counted", async () => {
  await serving(
    (_, response) => whole(cors, response),
    async (url) => {
      const examined = await examine(`${url}/fly`);
      expect(examined.code).toBe(1);
      expect(failing(examined)).toEqual([
        "getRange returns exactly the bytes asked for",
        "a web page may read ranges (CORS)",
      ]);
      expect(find(examined, /getRange/)?.advice).toMatch(/does not serve ranges/);
      const { stdout, stderr } = await command("doctor", `${url}/fly`);
      expect(stdout.match(/^FAILS/gm)?.length).toBe(2);
      expect(stdout).toMatch(/^1 of 3 hold; web pages alone need/m);
      expect(stderr).toMatch(/fly: 1 promise does not hold/);
    },
  );
});

test("where there is no dataset, nothing is said to hold", async () => {
  const examined = await serving(ranged(cors), (url) => examine(`${url}/elsewhere`));
  expect(examined.findings.map(({ holds }) => holds)).toEqual([false, false]);
  expect(find(examined, /CORS/)?.failure).toMatch(/no object/);
});
