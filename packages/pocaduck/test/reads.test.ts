import { randomInt } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDataset } from "@pocaduck/ingest";
import { LocalStore } from "@pocaduck/storage-local";
import { expect, test } from "vitest";
import { commandJson } from "./run-command.ts";

test("settings say which row groups share a request", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "pocaduck-reads-"));
  const fly = join(folder.path, "fly");
  const axes = [{ name: "x" }, { name: "y" }, { name: "z" }];
  const attributes = { noise: "uint32" } as const;
  const dataset = await createDataset(new LocalStore(fly), { axes, attributes });
  await using ingestor = dataset.ingestor({ bufferBlocks: 1 });
  const positions = new Int32Array(3 * 20_000);
  // What compresses ill fills row groups of its own.
  const noise = Uint32Array.from({ length: 20_000 }, () => randomInt(2 ** 32));
  for (const block of ["a", "b", "c"]) {
    for (const label of [7n, 8n]) await ingestor.write(block, label, { positions, noise });
  }
  await ingestor.commit();
  await dataset.publish({ process: "this" });
  const requests = async (...settings: string[]): Promise<number> => {
    const flags = settings.flatMap((setting) => ["--set", setting]);
    const found = await commandJson<{ requests: number }>("explain", fly, "7", ...flags);
    return found.requests;
  };
  const apart = await requests("reads.gap=0");
  expect(apart).toBeGreaterThan(1);
  const wide = "reads.gap=100000000";
  expect(await requests(wide, "reads.cap=100000000")).toBe(1);
  expect(await requests(wide, "reads.cap=1")).toBeGreaterThanOrEqual(apart);
});
