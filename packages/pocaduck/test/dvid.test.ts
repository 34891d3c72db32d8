import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openQuery } from "@pocaduck/query";
import { LocalStore } from "@pocaduck/storage-local";
import { afterAll, describe, expect, test } from "vitest";
import { startDvid } from "../../../scripts/servers/dvid.mjs";
import { available } from "../../../test/available.ts";
import { createLabelmap, post, postBlocks, someBlocks } from "../../labelmap/test/dvid/fixture.ts";
import { command } from "./run-command.ts";

const server = await available(startDvid);
const folder = mkdtempSync(join(tmpdir(), "pocaduck-dvid-"));
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
});

describe.skipIf(!server)("points out of a real DVID (needs Go or Docker)", () => {
  test("every voxel of every body, and of every supervoxel, becomes a point", async () => {
    const url = server?.url ?? "";
    const root = await createLabelmap(url);
    const stored = someBlocks();
    await postBlocks(`${url}/api/node/${root}/seg`, 0, stored);
    await post(`${url}/api/node/${root}/seg/merge`, "[1,2,3]");
    const address = `${url.replace("http:", "dvid:")}/${root.slice(0, 10)}/seg`;
    const open = await command("ingest", address, join(folder, "open"));
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining("is open") });
    await post(`${url}/api/node/${root}/commit`, '{"note":"x","log":[]}');

    const exported = join(folder, "export");
    const small = ["--shard-bits", "3", "--bins", "2", "--cell-size", "2000"];
    const writing = ["dvid", "export", url, root, "seg", exported, ...small];
    expect(await command(...writing)).toMatchObject({ code: 0 });
    for (const [from, ids] of [
      [address, "bodies"],
      [address, "supervoxels"],
      [exported, "bodies"],
      [exported, "supervoxels"],
    ] as const) {
      const dataset = join(folder, from === address ? ids : `${ids} of the export`);
      const which = ids === "bodies" ? [] : ["--supervoxels"];
      const ingest = ["ingest", from, dataset, ...which, "--points", "all", "--workers", "2"];
      expect(await command(...ingest)).toMatchObject({ code: 0, stderr: "" });
      const query = await openQuery(new LocalStore(dataset));
      const merged = new Map([2n, 3n].map((label) => [label, ids === "bodies" ? 1n : label]));
      const expected = new Map<bigint, number>();
      for (const voxels of stored.values()) {
        for (const voxel of voxels) {
          const label = merged.get(voxel) ?? voxel;
          if (label !== 0n) expected.set(label, (expected.get(label) ?? 0) + 1);
        }
      }
      for (const [label, count] of expected) {
        expect((await query.points(label)).positions.length / 3).toBe(count);
      }
      const { positions } = await query.points(2n ** 64n - 2n);
      expect(Math.max(...sample(positions, 0))).toBeLessThan(0);
      expect(Math.max(...sample(positions, 1))).toBeLessThan(-64);
    }
    // The same dataset is not gone on with from other ids.
    const other = await command("ingest", `${address}?supervoxels`, join(folder, "bodies"));
    expect(other).toMatchObject({ code: 5, stderr: expect.stringContaining("another scan") });
  });

  test("an export that is not whole, or damaged, is told and not read", async () => {
    const url = server?.url ?? "";
    const root = await createLabelmap(url);
    await postBlocks(`${url}/api/node/${root}/seg`, 0, someBlocks());
    await post(`${url}/api/node/${root}/commit`, '{"note":"x","log":[]}');
    const exported = join(folder, "damaged");
    const words = ["dvid", "export", url, root, "seg", exported, "--scales", "0", "--workers", "1"];
    expect(await command(...words)).toMatchObject({ code: 0 });
    const ingest = (...more: string[]) => {
      rmSync(join(folder, "of it"), { recursive: true, force: true });
      return command("ingest", exported, join(folder, "of it"), "--workers", "1", ...more);
    };
    const told = async (code: number, what: RegExp, ...more: string[]): Promise<void> => {
      const ended = await ingest(...more);
      expect(ended).toMatchObject({ code, stderr: expect.stringMatching(what) });
    };
    await told(3, /has scales 0, not 1/, "--scale", "1");
    await told(2, /to be a number/, "--scale", "fine");
    const file = join(exported, "blocks/s0/00000.parquet");
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.subarray(0, bytes.length / 2));
    await told(4, /00000.parquet/);
    rmSync(file);
    await told(4, /is missing, and the manifest names it/);
    writeFileSync(file, "");
    await told(4, /00000.parquet.*is no whole Parquet file: it has 0 bytes/);
    const swapped = join(folder, "another export");
    const one = ["dvid", "export", url, root, "seg", swapped, "--workers", "1"];
    expect(await command(...one, "--extents", "0,0,0,1,1,1")).toMatchObject({ code: 0 });
    writeFileSync(file, readFileSync(join(swapped, "blocks/s0/00000.parquet")));
    await told(4, /has 1 rows, and the manifest says 5/);
    writeFileSync(file, bytes);
    const manifest = join(exported, "manifest.json");
    const text = readFileSync(manifest, "utf8");
    for (const [from, to, code, what] of [
      ['"complete":true', '"complete":false', 4, /given up; run it again/],
      [/"id":"\w+"/, '"id":"other"', 4, /is of export \w+, and the manifest of other/],
      ['"format":1', '"format":2', 4, /has format 2/],
      ['"blockShape"', '"shape"', 4, /blockShape/],
      ["{", "[", 4, /is not JSON/],
    ] as const) {
      writeFileSync(manifest, text.replace(from, to));
      await told(code, what);
    }
    rmSync(manifest);
    await told(3, /is not finished; run it again/);
    expect(await command(...words)).toMatchObject({ code: 0 });
    expect(await ingest()).toMatchObject({ code: 0 });
  });

  test("what is not there is one clear error", async () => {
    const base = server?.url.replace("http:", "dvid:") ?? "";
    const dataset = join(folder, "none");
    const unknown = await command("ingest", `${base}/${"0".repeat(32)}/seg`, dataset);
    expect(unknown).toMatchObject({ code: 3, stderr: expect.stringContaining("could not find") });
    const away = await command("ingest", "dvid://127.0.0.1:1/abc/seg", dataset);
    expect(away).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/^pocaduck: dvid:\/\/127.0.0.1:1\/abc\/seg: DVID cannot/),
    });
    const short = await command("ingest", `${base}/seg`, dataset);
    expect(short).toMatchObject({ code: 2, stderr: expect.stringContaining("dvid://host:port") });
  });
});

function sample(positions: ArrayLike<number | bigint>, axis: number): number[] {
  const values: number[] = [];
  for (let at = axis; at < positions.length; at += 300) values.push(Number(positions[at]));
  return values;
}
