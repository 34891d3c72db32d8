import { connectVast } from "@pocaduck/vastdb";
import { fakeVast } from "@pocaduck/vastdb/testing";
import { Binary, Field, Int32, makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import { slices } from "../packages/vastdb/src/slices.ts";

/** Rows of 26 KB, the mean size of a block at the finest scale. */
const rows = 1000;
const size = 26 * 1024;

/** How fast request bodies are made, and sent to the fake in this same process. */
export async function measureVast(): Promise<string[]> {
  const schema = new Schema([
    new Field("x", new Int32(), true),
    new Field("bin1", new Binary(), true),
  ]);
  const valueOffsets = Int32Array.from({ length: rows + 1 }, (_, row) => row * size);
  const data = new Uint8Array(rows * size).fill(7);
  const children = [
    makeData({ type: new Int32(), data: new Int32Array(rows) }),
    makeData({ type: new Binary(), length: rows, valueOffsets, data }),
  ];
  const type = new Struct(schema.fields);
  const batch = new RecordBatch(schema, makeData({ type, length: rows, children }));

  const slice = await rate(() => {
    for (const _ of slices(batch));
    return Promise.resolve();
  });
  await using cluster = await fakeVast();
  using vast = connectVast({ endpoint: cluster.endpoint, ...cluster.credentials });
  const ref = { bucket: "b", schema: "s", table: "t" };
  await vast.ensureTable(ref, schema);
  const insert = await rate(async () => {
    const transaction = await vast.begin();
    await transaction.insert(ref, batch);
    await transaction.rollback();
  });
  return [
    "| VAST, rows of 26 KB | MB/s | rows/s |",
    "| --- | --- | --- |",
    `| request bodies made | ${slice.megabytes} | ${slice.rows} |`,
    `| inserted into the fake, which hashes and checks all in the same process | ${insert.megabytes} | ${insert.rows} |`,
  ];
}

async function rate(run: () => Promise<void>): Promise<{ megabytes: number; rows: number }> {
  const seconds: number[] = [];
  for (let round = 0; round < 7; round++) {
    const started = performance.now();
    await run();
    seconds.push((performance.now() - started) / 1000);
  }
  const median = seconds.toSorted((a, b) => a - b)[3] ?? Number.NaN;
  return {
    megabytes: Math.round((rows * size) / median / 1e6),
    rows: Math.round(rows / median),
  };
}
