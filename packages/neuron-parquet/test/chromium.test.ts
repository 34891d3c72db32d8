import { mkdirSync } from "node:fs";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import chromium from "@sparticuz/chromium";
import { build } from "esbuild";
import { chromium as launcher, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cache } from "../../../scripts/cache.mjs";
import { available } from "../../../test/available.ts";
import { installPacked, pack } from "../../../test/packed.ts";
import { encodeNeurons, type Skeleton } from "../src/index.ts";
import { makeSkeleton } from "./arbitrary.ts";

const neurons = Array.from({ length: 60 }, (_, at) =>
  makeSkeleton(720575940600000000n + BigInt(at), 2000),
);
const ranges: string[] = [];
let server: Server;
// Chromium unpacks itself into the temporary folder: one that no other user has made.
process.env.TMPDIR = join(cache, "chromium");
mkdirSync(process.env.TMPDIR, { recursive: true });
const browser = await available(async () =>
  launcher.launch({
    args: chromium.args,
    executablePath: await chromium.executablePath(),
    headless: true,
  }),
);
let bundle = "";
let project = "";
let file: Uint8Array;

/** The bundle is made of the package as it would be published, not of its sources. */
beforeAll(async () => {
  const tarballs = await pack();
  project = await realpath(await mkdtemp(join(tmpdir(), "neuron-parquet-browser-")));
  const { "neuron-parquet": tarball = "" } = tarballs;
  await installPacked(project, { "neuron-parquet": tarball });
  await rm(dirname(tarball), { recursive: true });
  await writeFile(join(project, "entry.js"), 'export * from "@pocaduck/neuron-parquet";\n');
  const { outputFiles, metafile } = await build({
    entryPoints: [join(project, "entry.js")],
    metafile: true,
    bundle: true,
    format: "esm",
    minify: true,
    platform: "browser",
    write: false,
  });
  bundle = outputFiles[0]?.text ?? "";
  const own = Object.keys(metafile.inputs).filter((path) => path.includes("@pocaduck/"));
  expect(own.length).toBeGreaterThan(50);
  expect(own.filter((path) => !path.includes("/@pocaduck/neuron-parquet/dist/"))).toEqual([]);
  file = await encodeNeurons(neurons);
  server = createServer((request, response) => {
    if (request.url === "/neurons.js") {
      response.writeHead(200, { "content-type": "text/javascript" }).end(bundle);
      return;
    }
    if (request.url !== "/neurons.parquet") {
      response
        .writeHead(200, { "content-type": "text/html" })
        .end("<!doctype html><title>neurons</title>");
      return;
    }
    const { range = "" } = request.headers;
    ranges.push(range);
    const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(range) ?? [];
    const start = from === "" ? Math.max(0, file.length - Number(to)) : Number(from);
    const end = from === "" || to === "" ? file.length : Math.min(file.length, Number(to) + 1);
    const headers = {
      "content-range": `bytes ${start}-${end - 1}/${file.length}`,
      "content-length": end - start,
      etag: '"1"',
    };
    response.writeHead(206, headers).end(file.subarray(start, end));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  await browser?.close();
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  await rm(project, { recursive: true, force: true });
});

type Api = typeof import("../src/index.ts");

/** A page that holds the bundle as `api`: what vitest makes of an import would not run there. */
async function openPage(): Promise<Page> {
  if (browser === undefined) throw new Error("Chromium is missing");
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const content =
    'import * as api from "/neurons.js"; globalThis.api = api; document.title = "ready";';
  await page.addScriptTag({ type: "module", content });
  await page.waitForFunction("globalThis.api !== undefined");
  return page;
}

test.skipIf(browser === undefined)(
  "a browser opens a file by its URL and gets one neuron in one more request (needs Chromium)",
  {
    timeout: 60_000,
  },
  async () => {
    const page = await openPage();
    ranges.length = 0;
    const got = await page.evaluate(async () => {
      const { openNeurons } = (globalThis as unknown as { api: Api }).api;
      const opened = await openNeurons(new URL("/neurons.parquet", location.href), {
        tailSize: 65_536,
      });
      const neuron = (await opened.neuron(720575940600000017n)) as Skeleton;
      const ids = await opened.ids();
      return {
        x: [...neuron.x],
        parents: [...neuron.parentId].map(Number),
        name: neuron.name,
        ids: ids.length,
      };
    });
    const want = neurons[17] as Skeleton;
    expect(got).toEqual({ x: [...want.x], parents: [...want.parentId], name: want.name, ids: 60 });
    // The tail, then one range that holds every column of the neuron.
    expect(ranges).toHaveLength(2);
    expect(ranges[0]).toBe("bytes=-65536");
  },
);

test.skipIf(browser === undefined)(
  "a browser writes Parquet and SWC, and reads what it wrote (needs Chromium)",
  { timeout: 60_000 },
  async () => {
    const page = await openPage();
    const lengths = await page.evaluate(async () => {
      const {
        encodeNeurons: encode,
        openNeurons,
        parseSwc,
        readSwc,
        writeSwc,
        drawPng,
      } = (globalThis as unknown as { api: Api }).api;
      const { neuron } = parseSwc("1 1 0 0 0 1 -1\n2 3 1 2 3 0.5 1\n", { id: 5n });
      const again = await openNeurons(new Blob([await encode([neuron])]));
      const [parts, sizes]: [Uint8Array[], number[]] = [[], []];
      await writeSwc({ write: (bytes) => void parts.push(bytes.slice()) }, again.neurons());
      const zip = new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
      for await (const one of readSwc(zip)) sizes.push(one.x.length, Number(one.id));
      return [...sizes, (await drawPng([neuron])).length > 100];
    });
    expect(lengths).toEqual([2, 5, true]);
  },
);
