import fc from "fast-check";
import { parquetWriteBuffer } from "hyparquet-writer";
import { describe, expect, test } from "vitest";
import {
  type ByteSource,
  encodeNeurons,
  type Neuron,
  openNeurons,
  type Skeleton,
} from "../src/index.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

/** Counts what is asked of some bytes, as a server far away would. */
function counted(
  bytes: Uint8Array,
): ByteSource & { requests: number; fetched: number; reset(): void } {
  const source = {
    byteLength: bytes.length,
    requests: 0,
    fetched: 0,
    async slice(start: number, end: number) {
      source.requests++;
      source.fetched += end - start;
      return bytes.slice(start, end);
    },
    reset() {
      source.requests = 0;
      source.fetched = 0;
    },
  };
  return source;
}

/** One row group without page indexes, many pages a column, as the FlyWire release has it. */
function foreign(neurons: readonly Skeleton[], shuffle: boolean, pageSize = 32_768): Uint8Array {
  const rows = neurons.reduce((sum, { x }) => sum + x.length, 0);
  // 7919 is prime, so its multiples visit every row of a table whose length it does not divide.
  const from = Int32Array.from({ length: rows }, (_, row) => (shuffle ? (row * 7919) % rows : row));
  const column = (
    name: string,
    type: "INT32" | "FLOAT",
    get: (neuron: Skeleton) => ArrayLike<number>,
  ) => {
    const values = neurons.flatMap((neuron) => Array.from(get(neuron)));
    const data = Array.from(from, (row) => values[row] ?? 0);
    return { name, type, data, nullable: false, encoding: "PLAIN", offsetIndex: false } as const;
  };
  const ids = neurons.flatMap(({ id, x }) => new Array<bigint>(x.length).fill(id as bigint));
  const neuron = {
    name: "neuron",
    type: "INT64",
    data: Array.from(from, (row) => ids[row] ?? 0n),
    nullable: false,
    encoding: "DELTA_BINARY_PACKED",
    offsetIndex: false,
  } as const;
  const bytes = parquetWriteBuffer({
    columnData: [
      column("node_id", "INT32", ({ nodeId }) => nodeId as Int32Array),
      column("parent_id", "INT32", ({ parentId }) => parentId as Int32Array),
      column("x", "FLOAT", ({ x }) => x),
      column("y", "FLOAT", ({ y }) => y),
      column("z", "FLOAT", ({ z }) => z),
      neuron,
    ],
    codec: "UNCOMPRESSED",
    rowGroupSize: rows,
    pageSize,
    kvMetadata: neurons.map(({ id }) => ({ key: `${id}:id`, value: String(id) })),
  });
  return new Uint8Array(bytes);
}

describe("one neuron out of a large foreign file", () => {
  const neurons = Array.from({ length: 60 }, (_, at) =>
    makeSkeleton(720575940600000000n + BigInt(at), 20_000),
  );

  test("touches few pages, in few requests, and the second neuron fewer", {
    timeout: 60_000,
  }, async () => {
    const bytes = foreign(neurons, false);
    const source = counted(bytes);
    const file = await openNeurons(source, { tailSize: 4096 });
    source.reset();
    const id = 720575940600000030n;
    const neuron = (await file.neuron(id)) as Skeleton;
    expect(neuron.x).toEqual(neurons[30]?.x);
    expect(source.fetched).toBeLessThan(bytes.length * 0.6);
    source.reset();
    expect(((await file.neuron(id - 20n)) as Skeleton).parentId).toEqual(neurons[10]?.parentId);
    expect(source.requests).toBeLessThanOrEqual(5);
    expect(source.fetched).toBeLessThan(3_000_000);
    const index = await file.sideIndex();
    const again = await openNeurons(source, { tailSize: 4096, index });
    source.reset();
    expect(((await again.neuron(id + 7n)) as Skeleton).z).toEqual(neurons[37]?.z);
    expect(source.requests).toBeLessThanOrEqual(5);
    const numbered = await file.sideIndex({ nodeIds: true });
    const shorter = await openNeurons(source, { tailSize: 4096, index: numbered });
    source.reset();
    expect((await shorter.neuron(id + 8n)) as Skeleton).toEqual({
      ...neurons[38],
      name: undefined,
      units: undefined,
      soma: undefined,
      radius: undefined,
      label: undefined,
    });
    expect(source.requests).toBeLessThanOrEqual(4);
    const other = foreign(neurons.slice(0, 2), false);
    await expect(openNeurons(other, { index })).rejects.toMatchObject({ code: "invalid-input" });
  });

  test("the first neuron takes few requests where pages are small, few bytes where they are large, and tells how far it is", {
    timeout: 60_000,
  }, async () => {
    const id = 720575940600000055n;
    const visit = async (pageSize: number) => {
      const bytes = foreign(neurons, false, pageSize);
      const source = counted(bytes);
      const steps: [number, number][] = [];
      const file = await openNeurons(source, {
        tailSize: 4096,
        onSearch: (passed, of) => steps.push([passed, of]),
      });
      source.reset();
      expect(((await file.neuron(id)) as Skeleton).y).toEqual(neurons[55]?.y);
      expect(steps.length).toBeGreaterThan(0);
      expect(steps.every(([passed, of]) => passed <= of && of === 55 * 20_000 + 19_999)).toBe(true);
      return { requests: source.requests, share: source.fetched / bytes.length };
    };
    // Without asking for many at once, each of five columns would take 134 requests.
    expect((await visit(32_768)).requests).toBeLessThanOrEqual(25);
    const large = await visit(262_144);
    expect(large.requests).toBeLessThanOrEqual(5 * 18 + 10);
    expect(large.share).toBeLessThan(0.4);
  });

  test("rows in any order come together all the same", async () => {
    const few = neurons.slice(0, 3).map((neuron) => ({
      ...makeSkeleton(neuron.id as bigint, 500),
      radius: undefined,
      label: undefined,
    }));
    const file = await openNeurons(foreign(few, true));
    for (const neuron of few) {
      const got = (await file.neuron(neuron.id)) as Skeleton;
      expect([...got.x].sort()).toEqual([...neuron.x].sort());
      expect([...got.nodeId].sort()).toEqual([...neuron.nodeId].sort());
    }
    expect((await all(file.neurons())).map(({ x }) => x.length)).toEqual([500, 500, 500]);
  });
});

test("one neuron of a file of ours is one request once it is open", async () => {
  const neurons = Array.from({ length: 40 }, (_, at) => makeSkeleton(BigInt(at), 3000));
  const source = counted(await encodeNeurons(neurons));
  const file = await openNeurons(source);
  expect(source.requests).toBe(1);
  source.reset();
  expect(await file.neuron(17n)).toEqual(neurons[17]);
  expect(source.requests).toBe(1);
  expect(source.fetched).toBeLessThan(400_000);
  source.reset();
  expect(await file.neuron(18n, { extras: [] })).toEqual({
    ...neurons[18],
    radius: undefined,
    label: undefined,
  });
  expect(source.requests).toBeLessThanOrEqual(1);
  source.reset();
  await file.ids();
  await file.allMetadata();
  expect(source.requests).toBe(0);
});

test("many reads at once give what reads one by one give", async () => {
  const neurons = Array.from({ length: 30 }, (_, at) => makeSkeleton(BigInt(at), 100 + at));
  const file = await openNeurons(await encodeNeurons(neurons, { pageRows: 64, groupRows: 700 }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(29), { maxLength: 40 }), async (picks) => {
      const got = await Promise.all(picks.map((at) => file.neuron(BigInt(at))));
      expect(got).toEqual(picks.map((at): Neuron | undefined => neurons[at]));
    }),
    { numRuns: 20 },
  );
});

describe("a file of many neurons", () => {
  const neurons = Array.from({ length: 20_000 }, (_, at) =>
    makeSkeleton(720575940600000000n + BigInt(at) * 392_017n, 3),
  );

  test.each(["keys", "table"] as const)(
    "opens in three requests, its metadata in %s",
    {
      timeout: 60_000,
    },
    async (metadata) => {
      const bytes = await encodeNeurons(neurons, { metadata });
      const source = counted(bytes);
      const file = await openNeurons(source);
      expect(source.requests).toBeLessThanOrEqual(3);
      // The table: under 20 bytes a neuron, where keys take more than 100.
      if (metadata === "table") expect(source.fetched).toBeLessThan(20 * neurons.length + 131_072);
      else expect(source.fetched).toBeGreaterThan(100 * neurons.length);
      source.reset();
      expect(await file.metadata(neurons[7_000]?.id ?? 0n)).toMatchObject({
        name: neurons[7_000]?.name,
      });
      expect((await file.allMetadata()).length).toBe(neurons.length);
      expect(source.requests).toBe(0);
    },
  );
});
