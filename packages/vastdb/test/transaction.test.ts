import { setTimeout as sleep } from "node:timers/promises";
import { Field, Int32, Schema, Utf8 } from "apache-arrow";
import { describe, expect, test } from "vitest";
import { connectVast, isVastError, VastError } from "../src/index.ts";
import { faked, rows, schema, target } from "./target.ts";

describe("any server (VAST_ENDPOINT names a real one)", () => {
  test("probe tells the version, and refuses what is no VAST", async () => {
    await using to = await target();
    expect(await to.client.probe()).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    await to.client.assertBucket(to.ref.bucket);
    await expect(to.client.assertBucket("no-such-bucket-0")).rejects.toMatchObject({
      code: "not-found",
    });
  });

  test("rows are there after the commit, and not before", async () => {
    await using to = await target();
    const { client, ref, fake } = to;
    await client.ensureTable(ref, schema);
    expect((await client.table(ref))?.numRows).toBe(0n);
    const transaction = await client.begin();
    expect(BigInt(transaction.id)).toBeGreaterThan(0n);
    await transaction.insert(ref, rows([10, 0, 20]));
    expect((await client.table(ref))?.numRows).toBe(0n);
    await transaction.commit();
    expect((await client.table(ref))?.numRows).toBe(3n);
    expect(
      fake
        ?.rows(ref)
        ?.toArray()
        .map(({ label }) => label) ?? [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n],
    ).toEqual([2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n]);
  });

  test("a rollback, an error and a forgotten transaction leave nothing", async () => {
    await using to = await target();
    const { client, ref } = to;
    await client.ensureTable(ref, schema);
    const rolledBack = await client.begin();
    await rolledBack.insert(ref, rows([1]));
    await rolledBack.rollback();
    const failed = client.transact(async (transaction) => {
      await transaction.insert(ref, rows([1]));
      throw new Error("the producer failed");
    });
    await expect(failed).rejects.toThrow("the producer failed");
    {
      await using forgotten = await client.begin();
      await forgotten.insert(ref, rows([1]));
    }
    expect((await client.table(ref))?.numRows).toBe(0n);
  });

  test("a table that is there is taken if it is the same, and refused by column if not", async () => {
    await using to = await target();
    const { client, ref } = to;
    await client.ensureTable(ref, schema);
    await client.ensureTable(ref, schema);
    const { fields } = schema;
    const others = [
      [fields.slice(0, 4), /column 4 is "bin1" Binary, expected none/],
      [
        [...fields, new Field("more", new Int32(), true)],
        /column 5 is absent, expected "more" Int32/,
      ],
      [
        fields.with(1, new Field("z", new Utf8(), true)),
        /column 1 is "z" Int32, expected "z" Utf8/,
      ],
      [fields.toReversed(), /column 0 is "label" Uint64, expected "bin1" Binary/],
    ] as const;
    for (const [other, reason] of others) {
      await expect(client.ensureTable(ref, new Schema([...other]))).rejects.toMatchObject({
        code: "schema-mismatch",
        message: expect.stringMatching(reason),
      });
    }
  });

  test("many workers create one table and fill it, each in its own transaction", async () => {
    await using to = await target({ retry: { attempts: 30, baseMs: 5, capMs: 50 } });
    const { client, ref } = to;
    const work = async (worker: number) => {
      await client.ensureTable(ref, schema);
      await client.transact((transaction) => transaction.insert(ref, rows([worker, worker])));
    };
    await Promise.all(Array.from({ length: 8 }, (_, worker) => work(worker)));
    expect((await client.table(ref))?.numRows).toBe(16n);
  });

  test("a nested schema is created with its parents", async () => {
    await using to = await target();
    const ref = { ...to.ref, schema: `${to.ref.schema}/nested/deep` };
    await to.client.ensureTable(ref, schema);
    expect(await to.client.table(ref)).toMatchObject({ name: ref.table, numRows: 0n });
  });
});

test("a transaction that has ended, or in which a request failed, takes nothing more", async () => {
  await using to = await faked({
    onRequest: ({ command, count }) =>
      command === "rows" && count === 2 ? { kind: "reply", status: 400 } : undefined,
  });
  const { client, fake, ref } = to;
  await client.ensureTable(ref, schema);
  await using transaction = await client.begin();
  await transaction.insert(ref, rows([1]));
  await expect(transaction.insert(ref, rows([1]))).rejects.toMatchObject({ code: "rejected" });
  for (const again of [() => transaction.insert(ref, rows([1])), () => transaction.commit()]) {
    await expect(again()).rejects.toMatchObject({ code: "must-roll-back" });
  }
  await transaction.rollback();
  await transaction.rollback();
  await expect(transaction.commit()).rejects.toThrow(/has ended/);
  expect([fake.openTransactions, fake.rows(ref)?.numRows]).toEqual([0, 0]);
});

test("an open transaction is kept alive until it ends, however it ends", async () => {
  await using to = await faked({ expiryMs: 250 }, { keepAliveMs: 40 });
  const { client, fake, ref } = to;
  await client.ensureTable(ref, schema);
  const beats = () =>
    fake.requests.filter(
      ({ method, txid, command }) => method === "GET" && command === "transaction" && txid,
    ).length;
  const ends = [
    (t: Awaited<ReturnType<typeof client.begin>>) => t.commit(),
    (t: Awaited<ReturnType<typeof client.begin>>) => t.rollback(),
    (t: Awaited<ReturnType<typeof client.begin>>) => t[Symbol.asyncDispose](),
  ];
  for (const end of ends) {
    const transaction = await client.begin();
    const before = beats();
    await sleep(400);
    await transaction.insert(ref, rows([1]));
    await end(transaction);
    const after = beats();
    expect(after - before).toBeGreaterThan(2);
    await sleep(120);
    expect(beats()).toBe(after);
  }
});

test("a transaction that expired is told by its next request", async () => {
  let now = 0;
  await using to = await faked({ expiryMs: 1000, now: () => now });
  const { client, ref } = to;
  await client.ensureTable(ref, schema);
  const transaction = await client.begin();
  now += 2000;
  await expect(transaction.insert(ref, rows([1]))).rejects.toMatchObject({
    code: "not-found",
    message: expect.stringContaining("has expired"),
  });
  await transaction.rollback();
});

test("listings are followed from page to page", async () => {
  await using to = await faked({ pageSize: 2 });
  const { client, ref } = to;
  const names = ["a", "b", "c", "d", "e"];
  for (const table of names) await client.ensureTable({ ...ref, table }, schema);
  await client.ensureTable({ ...ref, table: "e" }, schema);
  expect((await client.table({ ...ref, table: "e" }))?.name).toBe("e");
  await using transaction = await client.begin();
  const { fields } = await transaction.columns({ ...ref, table: "a" });
  expect(fields.map(({ name }) => name)).toEqual(schema.fields.map(({ name }) => name));
});

test("over TLS, with the authority given and without", async () => {
  const { selfSigned } = await import("./certificates.ts");
  const { cert, key } = await selfSigned();
  await using to = await faked({ tls: { cert, key } }, { ca: cert });
  expect(await to.client.probe()).toBe("5.4.0.12");
  using stranger = connectVast({
    endpoint: to.fake.endpoint,
    ...to.fake.credentials,
    retry: { attempts: 1 },
  });
  await expect(stranger.probe()).rejects.toMatchObject({ code: "unavailable" });
});

test("names and options that cannot work are refused at once", async () => {
  await using to = await faked();
  const { client, ref } = to;
  for (const bad of [{ table: "a b" }, { schema: "a//b" }, { bucket: "ü" }, { table: "" }]) {
    await expect(client.ensureTable({ ...ref, ...bad }, schema)).rejects.toThrow(TypeError);
  }
  for (const endpoint of ["127.0.0.1", "ftp://a", "http://a/b", "http://user:pw@a", []]) {
    const options = { endpoint, accessKey: "a", secretKey: "b" };
    expect(() => connectVast(options)).toThrow(/^Expected (an )?`endpoint`/);
  }
  expect(isVastError(new VastError("full", "x"), "full", "rejected")).toBe(true);
  expect(isVastError(new Error("x"))).toBe(false);
});
