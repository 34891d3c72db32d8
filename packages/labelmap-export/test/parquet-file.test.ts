import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectFlight, serveFlight } from "@pocaduck/flight";
import type { RecordBatch } from "apache-arrow";
import { expect, onTestFinished, test } from "vitest";
import { judge } from "../../../test/judge.ts";
import { tableSchema, wireSchema } from "../src/index.ts";
import { ShardGrid } from "../src/plan/shards.ts";
import { blocksBatch } from "../src/rows/batches.ts";
import { moveOverflows } from "../src/sinks/overflow.ts";
import { parquetFile } from "../src/sinks/parquet-file.ts";

const python = judge("pyarrow");
const cells = { count: 2, size: 100_000, unused: "empty" } as const;

test.skipIf(!python)(
  "a file of several row groups reads the same in pyarrow and DuckDB (needs pyarrow)",
  async () => {
    const extents = { min: [0, 0, 0] as const, max: [64 * 512, 63, 63] as const };
    const grid = new ShardGrid({ blockShape: [64, 64, 64], extents, shardBits: 3 }, 0);
    const digest = createHash("sha256");
    let sum = 0n;
    const messages = Array.from({ length: 40 }, (_, at) => {
      const rows = Array.from({ length: 12 }, (_, row) => {
        const rest = new Uint8Array(randomBytes(70_000 + 5_000 * row));
        digest.update(rest);
        const supervoxels = BigUint64Array.of(1n, 2n ** 63n + BigInt(row));
        const labels = BigUint64Array.of(BigInt(at), 2n ** 64n - 2n);
        sum += labels.reduce((a, b) => a + b);
        const block = [12 * at + row, 0, 0] as const;
        return { block, supervoxels, labels, rest, size: rest.length + 16 };
      });
      return { batch: blocksBatch(rows, 0, grid, cells) };
    });
    const doGet = () => ({ schema: wireSchema("blocks", cells), messages });
    await using server = await serveFlight({ handlers: { doGet } });
    using client = connectFlight(server.uri);
    async function* batches(): AsyncGenerator<RecordBatch> {
      const none = async (): Promise<void> => expect.unreachable("every rest fits its cells");
      for await (const { batch } of client.doGet(new Uint8Array())) {
        if (batch) yield await moveOverflows(batch, "t", cells, none);
      }
    }
    const parts: Uint8Array[] = [];
    for await (const part of parquetFile(tableSchema("blocks", cells), batches(), {})) {
      parts.push(part);
    }
    const folder = mkdtempSync(join(tmpdir(), "pocaduck-export-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "blocks.parquet");
    writeFileSync(path, Buffer.concat(parts));
    const script = join(import.meta.dirname, "read_blocks.py");
    const seen = JSON.parse(String(execFileSync(String(python), [script, path])));
    const expected = [480, 960, `${sum}`, digest.digest("hex")];
    expect(seen).toEqual({ groups: 3, pyarrow: expected, duckdb: expected });
  },
);
