import {
  Binary,
  type Data,
  Field,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint64,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { connectVast, type TableRef, type VastClient, type VastOptions } from "../src/index.ts";
import { type FakeOptions, type FakeVast, fakeVast } from "../src/testing/index.ts";

const { VAST_ENDPOINT, VAST_ACCESS_KEY, VAST_SECRET_KEY, VAST_BUCKET } = process.env;

export type Target = AsyncDisposable & {
  client: VastClient;
  fake: FakeVast | undefined;
  ref: TableRef;
};

/** Quick retries, so that a test of a fault ends. */
export const quick: Pick<VastOptions, "retry"> = { retry: { attempts: 3, baseMs: 1, capMs: 2 } };

let tables = 0;

/** A table name of its own on the server under test: the real one if there is one, else the fake. */
export async function target(options: Partial<VastOptions> = {}): Promise<Target> {
  const table = `t${Date.now().toString(36)}_${tables++}`;
  const ref = { bucket: VAST_BUCKET ?? "b", schema: "pocaduck_test", table };
  if (VAST_ENDPOINT !== undefined) {
    const [accessKey, secretKey] = [VAST_ACCESS_KEY ?? "", VAST_SECRET_KEY ?? ""];
    const client = connectVast({ endpoint: VAST_ENDPOINT, accessKey, secretKey, ...options });
    return { client, fake: undefined, ref, [Symbol.asyncDispose]: async () => client.close() };
  }
  const { client, fake, [Symbol.asyncDispose]: dispose } = await faked({}, options);
  return { client, fake, ref, [Symbol.asyncDispose]: dispose };
}

export async function faked(
  options: FakeOptions = {},
  clientOptions: Partial<VastOptions> = {},
): Promise<AsyncDisposable & { client: VastClient; fake: FakeVast; ref: TableRef }> {
  const fake = await fakeVast(options);
  const { endpoint, credentials } = fake;
  const client = connectVast({ endpoint, ...credentials, ...quick, ...clientOptions });
  const dispose = async () => {
    client.close();
    await fake[Symbol.asyncDispose]();
  };
  const ref = { bucket: "b", schema: "s", table: "t" };
  return { client, fake, ref, [Symbol.asyncDispose]: dispose };
}

export const schema: Schema = new Schema([
  new Field("label", new Uint64(), true),
  new Field("z", new Int32(), true),
  new Field("name", new Utf8(), true),
  new Field("ids", new List(new Field("item", new Uint64(), true)), true),
  new Field("bin1", new Binary(), true),
]);

/** Rows whose blob has the size asked for. */
export function rows(sizes: readonly number[]): RecordBatch {
  const labels = [2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
  const children = [
    makeData({
      type: new Uint64(),
      data: BigUint64Array.from(sizes, (_, row) => labels[row % 3] ?? 0n),
    }),
    makeData({ type: new Int32(), data: Int32Array.from(sizes, (_, row) => row) }),
    vectorFromArray(
      sizes.map((_, row) => `row ${row}`),
      new Utf8(),
    ).data[0],
    lists(sizes.map((_, row) => labels.slice(row % 3))),
    binary(sizes.map((size) => new Uint8Array(size).fill(size))),
  ].filter((data) => data !== undefined);
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length: sizes.length, children }),
  );
}

export function binary(cells: readonly Uint8Array[]): Data<Binary> {
  const { offsets, end } = offsetsOf(cells);
  const data = new Uint8Array(end);
  for (const [row, cell] of cells.entries()) data.set(cell, offsets[row]);
  return makeData({ type: new Binary(), length: cells.length, valueOffsets: offsets, data });
}

export function lists(cells: readonly (readonly bigint[])[]): Data<List> {
  const { offsets } = offsetsOf(cells);
  const child = makeData({ type: new Uint64(), data: BigUint64Array.from(cells.flat()) });
  const type = new List(new Field("item", new Uint64(), true));
  return makeData({ type, length: cells.length, valueOffsets: offsets, child });
}

function offsetsOf(cells: readonly { length: number }[]): { offsets: Int32Array; end: number } {
  let end = 0;
  const offsets = Int32Array.from([0, ...cells.map(({ length }) => (end += length))]);
  return { offsets, end };
}
