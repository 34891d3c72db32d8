import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MemoryStore } from "@pocaduck/storage";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isIndexError, openIndex, openSql, type SqlIndex } from "../src/index.ts";
import { buildHere } from "./build-here.ts";
import { type MadeCommit, makeJob, scratch } from "./made-job.ts";

const folder = scratch();
let path = "";
let index: SqlIndex;

beforeAll(async () => {
  const extents = Array.from({ length: 30_000 }, (_, at) => ({
    label: 2n ** 64n - 1n - BigInt(at % 5000),
    block: Math.floor(at / 5000),
    group: 0,
    firstRow: at,
    rows: 1 + (at % 3),
  }));
  const made: MadeCommit = { blocks: 6, groups: [1], files: [extents] };
  ({ duckdb: path } = await buildHere(makeJob(folder.path, [made])));
  index = await openIndex(path);
});

afterAll(async () => {
  await index.close();
  folder[Symbol.dispose]();
});

test("tables answer with exact values and named columns", async () => {
  const { columns, rows } = await index.run(
    "SELECT label, blocks, points FROM labels ORDER BY label DESC LIMIT 1",
  );
  expect(columns).toEqual([
    { name: "label", type: "UBIGINT" },
    { name: "blocks", type: "UINTEGER" },
    { name: "points", type: "UBIGINT" },
  ]);
  expect(rows).toEqual([[2n ** 64n - 1n, 6, 12n]]);
  const joined = await index.run(
    `SELECT id, object, sum(extents.rows) FROM extents JOIN blocks USING (block) JOIN row_groups USING (row_group)
     WHERE label = $label AND live = 1 GROUP BY ALL ORDER BY id LIMIT 1`,
    { parameters: { label: 2n ** 64n - 1n } },
  );
  expect(joined.rows).toEqual([[`0 é'"`, expect.stringMatching(/^points\//), 1n]]);
});

test("rows come in batches, and a reader may stop early", async () => {
  const { batches } = await index.query("SELECT label FROM extents");
  let seen = 0;
  for await (const rows of batches) {
    seen += rows.length;
    if (seen > 2000) break;
  }
  expect(seen).toBeLessThan(30_000);
});

test("parameters of every kind are bound as what they are", async () => {
  const values = [null, true, -7, 1.5, "it's", 2n ** 64n - 1n, -(2n ** 63n), Buffer.of(1)];
  const { rows } = await index.run(`SELECT ${values.map(() => "?").join()}`, {
    parameters: values,
  });
  expect(rows).toEqual([
    [null, true, -7n, 1.5, "it's", 2n ** 64n - 1n, -(2n ** 63n), Buffer.of(1)],
  ]);
  const label = await index.run("SELECT count(*) FROM extents WHERE label = ?", {
    parameters: [2n ** 64n - 5n],
  });
  expect(label.rows).toEqual([[6n]]);
});

test("a query with the wrong parameters says which", async () => {
  const failed = await index.run("SELECT $a", { parameters: { b: 1 } }).catch((e: unknown) => e);
  expect(isIndexError(failed, "invalid-query")).toBe(true);
  expect(String(failed)).toContain("parameters a, given are b");
  await expect(index.run("SELECT ?", { parameters: [2 ** 60] })).rejects.toThrow("bigint");
  await expect(index.run("SELECT ?", { parameters: [2n ** 64n] })).rejects.toThrow("64 bits");
});

test.for([
  "SELEC 1",
  "SELECT nothing FROM labels",
  "SELECT 1; SELECT 2",
  "SELECT label::UTINYINT FROM labels",
  "DELETE FROM labels",
  "DROP TABLE extents",
  "CREATE TABLE mine (a INTEGER)",
  "COPY labels TO '/tmp/out.parquet'",
  "SELECT * FROM read_csv('/etc/passwd')",
  "SELECT * FROM '/etc/passwd'",
  "ATTACH '/tmp/other.duckdb'",
  "INSTALL httpfs",
  "LOAD httpfs",
  "SELECT * FROM read_parquet('https://example.org/x.parquet')",
  "SET enable_external_access = true",
])("%s is refused and harms nothing", async (sql) => {
  const failed = await index.run(sql).catch((error: unknown) => error);
  expect(isIndexError(failed, "invalid-query")).toBe(true);
  expect(String(failed)).not.toContain("database");
  expect((await index.run("SELECT count(*) FROM labels")).rows).toEqual([[5000n]]);
});

test("aborting ends a query that runs, and closing ends them all", async () => {
  const reason = new Error("enough");
  const control = new AbortController();
  setTimeout(() => control.abort(reason), 50);
  const endless =
    "SELECT count(*) FROM extents a, extents b, extents c WHERE a.label + b.block < c.label";
  await expect(index.run(endless, { signal: control.signal })).rejects.toBe(reason);
  const other = await openIndex(path);
  const running = other.run(endless).catch((error: unknown) => error);
  setTimeout(() => other.close(), 50);
  expect(isIndexError(await running, "invalid-query")).toBe(true);
  await expect(other.run("SELECT 1")).rejects.toThrow("closed");
  expect((await index.run("SELECT 1")).rows).toEqual([[1]]);
});

test("a file opened twice is one database, closed with its last user", async () => {
  const one = await openIndex(path);
  const two = await openIndex(path);
  await one.close();
  await one.close();
  expect((await two.run("SELECT count(*) FROM labels")).rows).toEqual([[5000n]]);
  await two.close();
});

test("a file that is absent, or no index, is an error of its own", async () => {
  const absent = await openIndex(join(folder.path, "none.duckdb")).catch((e: unknown) => e);
  expect(isIndexError(absent, "not-found")).toBe(true);
  const other = join(folder.path, "other.duckdb");
  writeFileSync(other, "not a database".repeat(1000));
  const foreign = await openIndex(other).catch((error: unknown) => error);
  expect(isIndexError(foreign, "corrupt")).toBe(true);
});

test("a damaged index is found out by a query that reads the damage", async () => {
  const copy = join(folder.path, "damaged.duckdb");
  copyFileSync(path, copy);
  const bytes = readFileSync(copy);
  bytes.fill(0xa5, 3 * 4096 + 65_536);
  writeFileSync(copy, bytes);
  const read = async () => {
    await using damaged = await openIndex(copy);
    return await damaged.run("SELECT sum(label), sum(first_row) FROM extents");
  };
  const failed = await read().catch((error: unknown) => error);
  expect(isIndexError(failed, "corrupt")).toBe(true);
  rmSync(copy);
});

test("an index in a store is copied, checked, opened, and gone when closed", async () => {
  const store = new MemoryStore();
  const bytes = readFileSync(path);
  await store.put("index.duckdb", bytes);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const ref = {
    key: "index.duckdb",
    size: bytes.length,
    sha256: Buffer.from(digest).toString("hex"),
  };
  await using sql = await openSql(store, ref);
  expect((await sql.run("SELECT count(*) FROM labels")).rows).toEqual([[5000n]]);
  await sql.close();
  await expect(openSql(store, { ...ref, sha256: "0".repeat(64) })).rejects.toThrow("SHA-256");
  await expect(openSql(store, { ...ref, key: "none" })).rejects.toThrow("is gone");
});
