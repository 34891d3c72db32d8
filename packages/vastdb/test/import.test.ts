import { expect, test } from "vitest";
import { assertImported, jsonObjects } from "../src/import-reply.ts";
import type { FakeRequest, Fault } from "../src/testing/index.ts";
import { faked, rows, schema } from "./target.ts";

const files = Array.from({ length: 11 }, (_, index) => ({
  bucket: "b",
  key: `x/${index}.parquet`,
}));
const status = (key: string, res: string) =>
  JSON.stringify({ res, err_msg: 'a "quoted" } {', bucket_name: "b", object_name: key });

async function imported(onRequest?: (request: FakeRequest) => Fault | undefined) {
  const readParquet = (_: string, key: string) =>
    key.startsWith("x/") ? [rows([1, 2])] : undefined;
  const to = await faked({ readParquet, ...(onRequest && { onRequest }) });
  await to.client.ensureTable(to.ref, schema);
  return to;
}

test("files are imported ten to a request, and once however often", async () => {
  await using to = await imported();
  const { client, fake, ref } = to;
  for (let run = 0; run < 2; run++) {
    await client.transact((transaction) => transaction.importParquet(ref, files));
    expect(fake.rows(ref)?.numRows).toBe(22);
  }
  expect(fake.requests.filter(({ command }) => command === "data")).toHaveLength(4);
  await client.transact((transaction) => transaction.importParquet(ref, []));
});

test("an import whose answer is lost is sent again, and is there once", async () => {
  for (const when of ["before", "in-body", "after", "in-answer"] as const) {
    await using to = await imported(({ command, count }) =>
      command === "data" && count === 1 ? { kind: "reset", when } : undefined,
    );
    await to.client.transact((transaction) => transaction.importParquet(to.ref, files));
    expect(to.fake.rows(to.ref)?.numRows).toBe(22);
  }
});

test("a file that fails fails the import, by name, and leaves nothing of it", async () => {
  await using to = await imported();
  const { client, fake, ref } = to;
  const some = [...files.slice(0, 2), { bucket: "b", key: "absent.parquet" }];
  const run = client.transact((transaction) => transaction.importParquet(ref, some));
  await expect(run).rejects.toMatchObject({
    code: "import-failed",
    message: "not imported: b/absent.parquet (TabularImportFailed no such object)",
  });
  expect([fake.rows(ref)?.numRows, fake.openTransactions]).toEqual([0, 0]);
});

test("an answer is understood wherever the network cuts it", async () => {
  const text = ["TabularInProgress", "Success"].map((res) => status("ü.parquet", res)).join("\n");
  const whole = new TextEncoder().encode(text);
  for (let cut = 0; cut <= whole.length; cut++) {
    const parts = [whole.subarray(0, cut), whole.subarray(cut)];
    await assertImported([{ bucket: "b", key: "ü.parquet" }], from(parts));
  }
});

test("the last status of each file counts, and one not mentioned has failed", async () => {
  const run = (...statuses: string[]) =>
    assertImported(
      [
        { bucket: "b", key: "1" },
        { bucket: "b", key: "2" },
      ],
      from([new TextEncoder().encode(statuses.join(""))]),
    );
  const done = status("2", "Success");
  await run(status("1", "TabularAlreadyImported"), done);
  await run(status("1", "Error"), done, status("1", "Success"));
  await expect(run(status("1", "Success"), done, status("1", "Error"))).rejects.toThrow(
    /b\/1 \(Error/,
  );
  for (const open of ["TabularInProgress", "TabularImportNotStarted"]) {
    await expect(run(status("1", open), done)).rejects.toThrow(`b/1 (${open}`);
  }
  await expect(run(done)).rejects.toThrow("not imported: b/1 (not mentioned)");
});

test("an answer that is no row of objects is corrupt", async () => {
  for (const text of ['{"res":', "Success", '{"res":1}]', '{"a":}', "{}{"]) {
    const bytes = new TextEncoder().encode(text);
    await expect(assertImported([], from([bytes]))).rejects.toMatchObject({ code: "corrupt" });
  }
  await expect(assertImported([], from([Uint8Array.of(0x7b, 0xff)]))).rejects.toMatchObject({
    code: "corrupt",
  });
  const endless = from(Array.from({ length: 40 }, () => new Uint8Array(50_000).fill(0x7b)));
  await expect(assertImported([], endless)).rejects.toMatchObject({ code: "corrupt" });
  const objects: unknown[] = [];
  const text = '{"a":{"b":"}\\""}} , {"c":[]}';
  for await (const object of jsonObjects(from([new TextEncoder().encode(text)])))
    objects.push(object);
  expect(objects).toEqual([{ a: { b: '}"' } }, { c: [] }]);
});

async function* from(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}
