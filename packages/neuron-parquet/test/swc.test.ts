import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { packTar } from "modern-tar";
import { afterAll, describe, expect, test } from "vitest";
import { ZipWriter } from "../src/archive/zip-write.ts";
import {
  encodeNeurons,
  formatSwc,
  isNeuronError,
  type Neuron,
  openNeurons,
  parseSwc,
  readSwc,
  type Skeleton,
  writeSwc,
} from "../src/index.ts";
import { memorySink } from "../src/sink.ts";
import { all, makeSkeleton, skeletons } from "./arbitrary.ts";
import { askNavis, describeNeuron, navis } from "./judge/navis.ts";
import { golden, shared } from "./shared.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-swc-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

const rows = (text: string): [number[], number[], number[]] => {
  const { nodeId, parentId, label } = parseSwc(text).neuron;
  return [[...nodeId].map(Number), [...parentId].map(Number), [...(label ?? [])].map(Number)];
};

describe("the parser takes SWC as it is found", () => {
  const plain = rows("1 1 0 0 0 1 -1\n2 3 1 2 3 0.5 1\n");
  test.each([
    ["tabs", "1\t1\t0\t0\t0\t1\t-1\n2\t3\t1\t2\t3\t0.5\t1\n"],
    ["commas", "1,1,0,0,0,1,-1\n2, 3, 1, 2, 3, 0.5, 1\n"],
    ["CRLF", "# x\r\n1 1 0 0 0 1 -1\r\n2 3 1 2 3 0.5 1\r\n"],
    ["leading blanks", "   1 1 0 0 0 1 -1\n\t2 3 1 2 3 0.5 1\n"],
    ["a BOM", "\ufeff1 1 0 0 0 1 -1\n2 3 1 2 3 0.5 1\n"],
    ["scientific notation", "1 1 0e0 0 0 1E0 -1\n2 3 1.0e+0 20e-1 3 5e-1 1\n"],
    ["more than seven columns", "1 1 0 0 0 1 -1 9 9\n2 3 1 2 3 0.5 1 x y\n"],
    ["comments at line end", "1 1 0 0 0 1 -1 # soma\n2 3 1 2 3 0.5 1#x\n"],
    ["no final newline", "1 1 0 0 0 1 -1\n2 3 1 2 3 0.5 1"],
    ["empty lines", "\n\n1 1 0 0 0 1 -1\n \n2 3 1 2 3 0.5 1\n\n"],
    ["parent 0 as root", "1 1 0 0 0 1 0\n2 3 1 2 3 0.5 1\n"],
  ])("%s", (_, text) => {
    expect(rows(text)).toEqual(plain);
    expect([...parseSwc(text).neuron.y]).toEqual([0, 2]);
  });

  test("ids and parents stay as they are, whatever their order", () => {
    expect(rows("9 2 0 0 0 1 4\n4 1 0 0 0 1 -1\n7 10 0 0 0 1 -1\n9 -1 0 0 0 1 7\n")).toEqual([
      [9, 4, 7, 9],
      [4, -1, -1, 7],
      [2, 1, 10, -1],
    ]);
    expect(rows("0 1 0 0 0 1 -1\n1 1 0 0 0 1 0\n")[1]).toEqual([-1, 0]);
    const big = parseSwc(
      "720575940625431866 1 0 0 0 1 -1\n2 0 0 0 0 1 720575940625431866\n",
    ).neuron;
    expect(big.parentId).toEqual(BigInt64Array.of(-1n, 720575940625431866n));
  });

  test("the Meta line gives id, name, units and properties", () => {
    const { neuron, header } = parseSwc(
      '# hi\n#META: {"id": "12", "name": "x", "units": "8 nanometer", "side": "L", "n": 5}\n1 1 0 0 0 1 -1\n',
    );
    expect(neuron).toMatchObject({
      id: 12n,
      name: "x",
      units: "8 nanometer",
      properties: { side: "L", n: 5 },
      soma: [1],
    });
    expect(header[0]).toBe("# hi");
    expect(parseSwc("# Meta: {broken\n").warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining("the Meta line is no JSON"),
      "holds no nodes",
    ]);
  });

  test("broken text names the file and the line", () => {
    const bad: [string, number][] = [
      ["1 1 0 0 0 1 -1\n2 3 1 2\n", 2],
      ["1 1 a 0 0 1 -1\n", 1],
      ["1.5 1 0 0 0 1 -1\n", 1],
      ["# x\n\n1 1 0 0 0 1x -1", 3],
      ["1 1 0 0 0 1 99999999999999999999\n", 1],
    ];
    for (const [text, line] of bad) {
      expect(() => parseSwc(text, { file: "a.swc" }), text).toThrow(
        expect.objectContaining({ code: "invalid-swc", file: "a.swc", row: line }),
      );
    }
  });

  test("numbers read as Number reads them", () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom("full", "fixed"),
        (value, form) => {
          const text = form === "full" ? String(value) : value.toFixed(6);
          const { x } = parseSwc(`1 1 ${text} 0 0 1 -1`, { coordinates: "float64" }).neuron;
          expect(Object.is(x[0], Number(text)) || x[0] === Number(text)).toBe(true);
        },
      ),
    );
  });

  test("random bytes give a neuron or the typed error, never anything else", () => {
    const soup = fc
      .array(fc.constantFrom(...'0123456789 \t,.-+eE#\n\r{}naif"\ufeff:;M'))
      .map((signs) => signs.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), soup), (text) => {
        try {
          expect(parseSwc(text).neuron.x).toBeDefined();
        } catch (error) {
          if (!isNeuronError(error, "invalid-swc")) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test("what is formatted parses back the same, parents first", () => {
  fc.assert(
    fc.property(skeletons, (neurons) => {
      for (const one of neurons) {
        const { bytes } = formatSwc(one);
        const { neuron } = parseSwc(bytes, { coordinates: "float64" });
        expect(String(neuron.id)).toBe(String(one.id));
        const seen = new Set<number | bigint>();
        for (const [row, node] of [...neuron.nodeId].entries()) {
          const parent = neuron.parentId[row] ?? -1;
          if (Number(parent) !== -1) expect(seen.has(parent)).toBe(true);
          seen.add(node);
          const from = [...one.nodeId].findIndex((id) => BigInt(id) === BigInt(node));
          // SWC has no -0.
          expect(Math.fround(neuron.x[row] as number) + 0).toBe((one.x[from] as number) + 0);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("Parquet to SWC to Parquet keeps ids, parents, labels and Meta, as folder, zip, tar and tar.gz", async () => {
  const neurons = [
    makeSkeleton(1n, 30, { properties: { side: "L" } }),
    makeSkeleton(720575940625431866n, 5),
    makeSkeleton("a/b é", 7),
  ].map((neuron) => ({ ...neuron }));
  for (const place of ["set", "set.zip", "set.tar", "set.tar.gz"]) {
    await writeSwc(path(place), neurons);
    const read = (await all(readSwc(path(place)))) as Skeleton[];
    expect(read).toHaveLength(3);
    for (const neuron of neurons)
      expect(
        read.find(({ id }) => id === neuron.id),
        place,
      ).toEqual(neuron);
    const bytes = await encodeNeurons(read.filter(({ id }) => typeof id === "bigint"));
    expect(await (await openNeurons(bytes)).neuron(1n)).toEqual(neurons[0]);
  }
  await expect(writeSwc(path("set"), neurons)).rejects.toThrow("exists and is not empty");
  expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("names of files give ids and properties by a pattern", async () => {
  mkdirSync(path("named"));
  writeFileSync(path("named/DA1_7.swc"), "1 1 0 0 0 1 -1\n");
  writeFileSync(path("named/readme.txt"), "x");
  writeFileSync(path("named/broken_8.swc"), "1 1 0\n");
  const skipped: string[] = [];
  const read = await all(
    readSwc(path("named"), {
      pattern: "{type}_{id:int}.swc",
      units: "1 nanometer",
      onSkip: (name, error) => skipped.push(`${name} ${error?.row}`),
    }),
  );
  expect(read).toMatchObject([{ id: 7n, properties: { type: "DA1" }, units: "1 nanometer" }]);
  expect(skipped).toEqual(["broken_8.swc 1", "readme.txt undefined"]);
  await expect(all(readSwc(path("named")))).rejects.toMatchObject({
    code: "invalid-swc",
    file: join(path("named"), "broken_8.swc"),
    row: 1,
  });
});

test("archives that leave their folder or swell are refused", async () => {
  const swc = new TextEncoder().encode("1 1 0 0 0 1 -1\n");
  const tar = await packTar([{ header: { name: "../evil.swc", size: swc.length }, body: swc }]);
  await expect(all(readSwc(tar))).rejects.toMatchObject({ code: "unsafe-archive" });
  const sink = memorySink();
  const zip = new ZipWriter(async (bytes) => sink.write(bytes));
  await expect(zip.stream("../evil.swc", async () => {})).rejects.toMatchObject({
    code: "unsafe-archive",
  });
  await zip.stream("aa/evil.swc", (write) => write(swc));
  await zip.end();
  const evil = sink.bytes();
  for (let at = 0; at < evil.length - 2; at++)
    if (evil[at] === 97 && evil[at + 1] === 97) evil.fill(46, at, at + 2);
  await expect(all(readSwc(evil))).rejects.toMatchObject({ code: "unsafe-archive" });
  const { deflateRawSync } = await import("node:zlib");
  const bomb = memorySink();
  const zeros = new Uint8Array(50_000_000);
  const writer = new ZipWriter(async (bytes) => bomb.write(bytes));
  await writer.addDeflated("bomb.swc", zeros.subarray(0, 1000), deflateRawSync(zeros));
  await writer.end();
  await expect(all(readSwc(bomb.bytes()))).rejects.toMatchObject({ code: "unsafe-archive" });
  for (let cut = 1; cut < evil.length; cut += 9) {
    await expect(all(readSwc(evil.slice(0, cut)))).rejects.toSatisfy((error) =>
      isNeuronError(error),
    );
  }
});

test.skipIf(!shared)(
  "the SWC files of the hemibrain and of navis read alike (needs ../shared)",
  async () => {
    const originals = await all(readSwc(golden("swc-original")));
    expect(originals.map(({ id, x }) => [id, x.length])).toEqual([
      [1734350788n, 4465],
      [1734350908n, 4847],
      [722817260n, 4332],
      [754534424n, 4696],
      [754538881n, 4881],
    ]);
    for (const neuron of originals) {
      const text = readFileSync(golden("navis-1.12/swc", `${neuron.id}.swc`));
      const { neuron: again } = parseSwc(text);
      // navis renumbers and reorders nodes when it writes.
      expect(again.x.toSorted()).toEqual(neuron.x.toSorted());
      expect(again).toMatchObject({ id: neuron.id, name: "DA1_lPN_R", units: "8 nanometer" });
    }
  },
);

test.skipIf(!navis)(
  "navis reads our SWC as we wrote it (needs its Python environment)",
  { timeout: 60_000 },
  async () => {
    const neurons: Neuron[] = [makeSkeleton(1n, 30), makeSkeleton(2n, 9)];
    await writeSwc(path("judged"), neurons);
    const [read] = askNavis([{ do: "swc", path: path("judged"), to: path("judged-again.zip") }]);
    expect(read?.error).toBeUndefined();
    for (const got of read?.answer ?? []) {
      const { id, nodeId, parentId, xyz, radius } = describeNeuron(
        neurons.find((one) => String(one.id) === got.id) as Neuron,
      );
      expect(got).toMatchObject({ id, nodeId, parentId, xyz, radius });
    }
    expect(existsSync(path("judged-again.zip"))).toBe(true);
    expect((await all(readSwc(path("judged-again.zip")))).map(({ x }) => x.length).sort()).toEqual([
      30, 9,
    ]);
  },
);
