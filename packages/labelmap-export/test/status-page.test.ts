import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { MemoryStore } from "@pocaduck/storage";
import chromium from "@sparticuz/chromium";
import { chromium as launcher } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { cache } from "../../../scripts/cache.mjs";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { ParquetSink, runWorker, serveExports } from "../src/index.ts";
import { exportable } from "./labelmap-fixture.ts";
import { proxy } from "./proxy.ts";

const server = await available(startDvid);
// Chromium unpacks itself into the temporary folder: one that no other user has made.
const browser = await available(async () => {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = join(cache, "chromium");
  mkdirSync(process.env.TMPDIR, { recursive: true });
  const launched = await launcher.launch({
    args: chromium.args,
    executablePath: await chromium.executablePath(),
    headless: true,
  });
  if (TMPDIR === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = TMPDIR;
  return launched;
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test.skipIf(!server || !browser)(
  "the status page shows each export as it comes, its workers and what was given up (needs Go or Docker, and Chromium)",
  async () => {
    const url = String(server?.url);
    const uuid = await exportable(url);
    await using broken = await proxy(url, (path, response) => {
      const bad = path.includes("/blocks/") && path.includes("scale=2");
      if (bad) response.writeHead(400).end("<b>no</b> block");
      return bad;
    });
    const quick = { pollMs: 50, leaseMs: 1000, waitMs: 10_000 };
    const service = await serveExports({ server: broken.url, ...quick, http: {} });
    try {
      const page = await browser?.newPage({ viewport: { width: 1000, height: 700 } });
      if (!page) throw new Error("no page");
      const problems: string[] = [];
      page.on("pageerror", ({ message }) => problems.push(message));
      await page.goto(String(service.url));
      const what = page.locator("#what");
      expect(await what.textContent()).toBe("No export yet.");

      const worker = runWorker(service.uri, new ParquetSink(new MemoryStore()), { name: "<i>one" });
      const first = await service.start({ uuid, data: "seg", shardBits: 3 }, 1);
      await first.over;
      await expect
        .poll(() => what.textContent(), { timeout: 5000 })
        .toBe(`seg of ${uuid}: done, 1 of its tasks given up`);
      expect(await page.locator("#figures").textContent()).toMatch(
        /^\d+ of \d+ tasks, 0 in work; 7 blocks/,
      );
      expect(await page.locator("#workers td").first().textContent()).toBe("<i>one");
      expect(await page.locator("#failures").textContent()).toMatch(
        /blocks\/s2\/00000.*<b>no<\/b> block/,
      );

      // The sink holds another export: the page goes on to that, and says why it failed.
      const second = await service.start({ uuid, data: "seg", scales: [0] }, 1);
      await second.over;
      await expect(worker).rejects.toMatchObject({ code: "other-export" });
      await expect
        .poll(() => what.textContent(), { timeout: 5000 })
        .toMatch(/: failed, .*choose an empty place$/);
      const own = await browser?.newPage();
      await own?.goto(`${service.url}/api/node/${uuid}/seg/export/${first.id}`);
      await own?.waitForSelector("#workers td");
      expect(await own?.locator("#what").textContent()).toMatch(/: done, 1 of/);
      await service[Symbol.asyncDispose]();
      await expect.poll(() => what.textContent(), { timeout: 5000 }).toMatch(/does not answer/);
      expect(problems).toEqual([]);
    } finally {
      await service[Symbol.asyncDispose]();
    }
  },
);
