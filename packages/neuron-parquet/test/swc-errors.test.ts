import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { NeuronError, parseSwc, readSwc, type Skeleton, writeSwc } from "../src/index.ts";
import { SwcParser } from "../src/swc/swc-parse.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-swc-errors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);

test.each([
  ["1 1 0 0\n", "expected z, but the line ends after 4 of 7 columns (id type x y z radius parent)"],
  ["1 1 0 0 0 1 # -1\n", "expected the parent, but the line ends after 6 of 7 columns"],
  ["1 1 0 abc 0 1 -1\n", 'expected y to be a number, got "abc" (id type x y z radius parent)'],
  ["1.5 1 0 0 0 1 -1\n", 'expected the id to be a whole number, got "1.5"'],
  ["1 axon 0 0 0 1 -1\n", 'expected the type to be a number, got "axon"'],
  ["1 4294967296 0 0 0 1 -1\n", "expected the type of at most 32 bits, got"],
  [
    "1 1 0 0 0 1 99999999999999999999\n",
    "expected the parent to be a whole number of at most 64 bits",
  ],
  [
    "<html><body>not found</body></html>\n",
    'expected the id to be a number, got "<html><body>not"',
  ],
])("%j is told with its line and what is wrong", (line, reason) => {
  expect(() => parseSwc(`# a comment\n\n${line}`, { file: "a.swc" })).toThrow(
    expect.objectContaining({
      code: "invalid-swc",
      message: expect.stringContaining(`"a.swc", line 3: ${reason}`),
    }),
  );
});

test("a text in parts of any size is the same neuron, or the same error", () => {
  const text = new TextEncoder().encode(
    '\ufeff# Meta: {"name": "é"}\r\n5 1 0.5 1e3 -2 3 -1\r\n\t720575940625431866,2 1 1 1 1 5 9 9 # more\n0 0 1 2 3 4 0',
  );
  const bad = new TextEncoder().encode("1 1 0 0 0 1 -1\n2 1 0 0 0 1 x\n");
  for (let size = 1; size < 20; size++) {
    const inParts = (bytes: Uint8Array) => {
      const parser = new SwcParser({}, 0);
      for (let at = 0; at < bytes.length; at += size) parser.push(bytes.subarray(at, at + size));
      return parser.end();
    };
    expect(inParts(text)).toEqual(parseSwc(text));
    expect(() => inParts(bad)).toThrow(expect.objectContaining({ code: "invalid-swc", row: 2 }));
  }
});

describe("an archive is never taken for a text, nor a text for an archive", () => {
  const swc = "1 1 0 0 0 1 -1\n2 1 0 0 0 1 1\n".repeat(40);

  /** As the first tars were: without the word that tells them. */
  async function oldTar(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    await writeSwc({ write: (bytes) => void parts.push(bytes.slice()) }, [makeSkeleton(7n, 4)], {
      format: "tar",
    });
    const tar = Buffer.concat(parts);
    tar.fill(0, 257, 265);
    let sum = 256;
    for (let at = 0; at < 512; at++) if (at < 148 || at >= 156) sum += tar[at] as number;
    tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    return tar;
  }

  test("an old tar under any name", async () => {
    const tar = await oldTar();
    for (const [name, bytes] of [
      ["old.tar", tar],
      ["old.swc", tar],
      ["old.tgz", gzipSync(tar)],
      ["old.swc.gz", gzipSync(tar)],
    ] as const) {
      writeFileSync(path(name), bytes);
      const [neuron] = await all(readSwc(path(name)));
      expect([neuron?.id, neuron?.x.length], name).toEqual([7n, 4]);
    }
  });

  test("a text under the name of an archive, and a gzip of one", async () => {
    writeFileSync(path("text.tar"), swc);
    await expect(all(readSwc(path("text.tar")))).rejects.toMatchObject({
      code: "corrupt",
      file: path("text.tar"),
    });
    writeFileSync(path("text.tgz"), gzipSync(swc));
    await expect(all(readSwc(path("text.tgz")))).rejects.toThrow("is no tar");
    writeFileSync(path("12.gz"), gzipSync(swc));
    expect((await all(readSwc(path("12.gz"))))[0]?.x).toHaveLength(80);
  });

  test("a gzip that is cut off, and a zip whose bytes changed", async () => {
    const packed = gzipSync(swc);
    writeFileSync(path("cut.swc.gz"), packed.subarray(0, packed.length - 9));
    await expect(all(readSwc(path("cut.swc.gz")))).rejects.toMatchObject({
      code: "corrupt",
      file: path("cut.swc.gz"),
    });
    const parts: Uint8Array[] = [];
    await writeSwc({ write: (bytes) => void parts.push(bytes.slice()) }, [makeSkeleton(7n, 400)]);
    const zip = Buffer.concat(parts);
    let told = 0;
    for (let at = 40; at < zip.length - 200; at += 97) {
      const bad = Buffer.from(zip);
      bad[at] = (bad[at] ?? 0) ^ 1;
      await all(readSwc(bad)).catch((error: unknown) => {
        if (!(error instanceof NeuronError)) throw error;
        expect(error.file).toContain("7.swc");
        told++;
      });
    }
    expect(told).toBe(Math.ceil((zip.length - 240) / 97));
  });
});

test("a neuron of a million nodes goes in and out of SWC with a heap of 32 MB, too small for them as objects", {
  timeout: 60_000,
}, async () => {
  const child = join(import.meta.dirname, "ten-million-child.ts");
  const words = ["--max-old-space-size=32", child, folder, "1000000"];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  const told = JSON.parse(stdout) as { rows: number; end: string; peak: number };
  const end = `1000000 0 4999.5 2.5 ${999_999 % 77} 1 999999`;
  expect(told).toMatchObject({ rows: 1_000_000, end });
  // Seven columns of 4 MB each, as pages hold them, joined, and with the order of the nodes; the rest is Node.
  expect(told.peak).toBeLessThan(5e8);
});

test("parents stand first and rows that are many are written in parts, the same ones", async () => {
  const rows = 80_000;
  const neuron: Skeleton = makeSkeleton(7n, rows, {
    nodeId: BigInt64Array.from({ length: rows }, (_, row) => 2n ** 60n - BigInt(row)),
    parentId: BigInt64Array.from({ length: rows }, (_, row) =>
      row === rows - 1 ? -1n : 2n ** 60n - BigInt(row + 1),
    ),
  });
  await writeSwc(path("many.swc"), [neuron]);
  const [back] = (await all(readSwc(path("many.swc")))) as [Skeleton];
  expect(back.nodeId).toEqual((neuron.nodeId as BigInt64Array).toReversed());
  expect(back.x).toEqual(neuron.x.toReversed());
});
