import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { judge } from "../../../test/judge.ts";
import { faked, rows } from "./target.ts";

const python = judge("vastdb");

test.skipIf(python === undefined)(
  "VAST's own client takes the fake for a cluster (needs Python)",
  async () => {
    const readParquet = () => [rows([1, 2])];
    await using to = await faked({ readParquet });
    const script = join(import.meta.dirname, "python_client.py");
    const { stdout } = await promisify(execFile)(String(python), [script, to.fake.endpoint]);
    const { error, ...told } = JSON.parse(stdout);
    expect(told).toEqual({ tables: ["t"], columns: true, rows: 2 });
    expect(error).toMatch(/Exists|Conflict/);
    // Of the last transaction, which failed, nothing is left.
    const labels = to.fake
      .rows(to.ref)
      ?.toArray()
      .map(({ label }) => label);
    expect(labels).toEqual([2n ** 64n - 1n, 1n, 2n ** 53n + 1n, 2n ** 63n]);
    expect(to.fake.openTransactions).toBe(0);
  },
);
