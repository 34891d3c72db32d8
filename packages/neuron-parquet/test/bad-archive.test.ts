import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync, gzipSync } from "node:zlib";
import { packTar } from "modern-tar";
import { afterAll, describe, expect, test } from "vitest";
import { ZipWriter } from "../src/archive/zip-write.ts";
import {
  encodeNeurons,
  isNeuronError,
  type Neuron,
  openNeurons,
  readSwc,
  splitNeurons,
  writeAny,
  writeNeurons,
  writeSwc,
} from "../src/index.ts";
import { memorySink } from "../src/sink.ts";
import { all, makeSkeleton } from "./arbitrary.ts";

const folder = mkdtempSync(join(tmpdir(), "neurons-archive-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const swc = new TextEncoder().encode("1 1 0 0 0 1 -1\n");

/** A zip of stored members; `rename` changes names, of the same length, where a careful writer would refuse them. */
async function zipOf(
  members: Record<string, Uint8Array>,
  rename: [from: string, to: string] = ["", ""],
): Promise<Uint8Array> {
  const sink = memorySink();
  const zip = new ZipWriter(async (bytes) => sink.write(bytes));
  for (const [name, bytes] of Object.entries(members))
    await zip.stream(name, (write) => write(bytes));
  await zip.end();
  const bytes = sink.bytes();
  const [from, to] = rename.map((name) => new TextEncoder().encode(name));
  for (let at = 0; from && to && from.length > 0 && at < bytes.length; at++)
    if (from.every((byte, index) => bytes[at + index] === byte)) bytes.set(to, at);
  return bytes;
}

describe("a zip of tables", async () => {
  const neuron = makeSkeleton(1n, 5);
  const table = await encodeNeurons([neuron]);

  test("is found under any name, in any folder, beside what macOS adds", async () => {
    const zip = await zipOf({
      "Brain/DA1.PARQUET": table,
      "__MACOSX/Brain/._DA1.parquet": swc,
      "readme.txt": swc,
    });
    expect(await all((await openNeurons(zip)).neurons())).toEqual([neuron]);
  });

  test("with two candidates is refused, both named", async () => {
    const zip = await zipOf({ "a.parquet": table, "b/c.parquet": table });
    await expect(openNeurons(zip)).rejects.toMatchObject({
      code: "invalid-input",
      message: expect.stringContaining('"a.parquet", "b/c.parquet"'),
    });
  });

  test("without a table of neurons, with names that leave it, or that swells is refused", async () => {
    await expect(openNeurons(await zipOf({ "synapses.parquet": table }))).rejects.toMatchObject({
      code: "not-parquet",
    });
    const evil = await zipOf({ "aa/x.parquet": table }, ["aa/", "../"]);
    await expect(openNeurons(evil)).rejects.toMatchObject({ code: "unsafe-archive" });
    const sink = memorySink();
    const writer = new ZipWriter(async (bytes) => sink.write(bytes));
    const zeros = new Uint8Array(20_000_000);
    await writer.addDeflated("x.parquet", zeros.subarray(0, 1000), deflateRawSync(zeros));
    await writer.end();
    await expect(openNeurons(sink.bytes())).rejects.toMatchObject({ code: "unsafe-archive" });
  });
});

describe("a tar of SWC", async () => {
  const names = ["a.swc", "b.swc"];
  const tar = await packTar([
    ...names.map((name) => ({ header: { name, size: swc.length }, body: swc })),
    { header: { name: "link.swc", size: 0, type: "symlink", linkname: "a.swc" } },
    { header: { name: "notes.txt", size: swc.length }, body: swc },
  ]);

  test("tells what it passes over", async () => {
    const skipped: string[] = [];
    const read = await all(readSwc(tar, { onSkip: (name) => skipped.push(name) }));
    expect(read.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(skipped).toEqual(["link.swc", "notes.txt"]);
  });

  test.each([
    ["tar", tar],
    ["tar.gz", new Uint8Array(gzipSync(tar))],
  ])("%s cut anywhere gives every neuron or a typed error", async (_, bytes) => {
    const step = bytes === tar ? 128 : 1;
    let told = 0;
    for (let cut = 1; cut < bytes.length; cut += step) {
      try {
        expect(await all(readSwc(bytes.slice(0, cut))), `${cut} bytes`).toHaveLength(2);
      } catch (error) {
        if (!isNeuronError(error)) throw error;
        told++;
      }
    }
    expect(told).toBeGreaterThan(10);
  });
});

test("a folder tells links that lead nowhere, and broken texts by line", async () => {
  mkdirSync(path("mixed/deep"), { recursive: true });
  writeFileSync(path("mixed/a.swc"), swc);
  writeFileSync(path("mixed/deep/b.swc"), "1 1 0 0 0 1 -1\n2 1 0 0 x 1 1\n");
  writeFileSync(path("mixed/info.txt"), "hi");
  symlinkSync(path("nowhere"), path("mixed/gone.swc"));
  const skipped: [string, number | undefined][] = [];
  const read = await all(
    readSwc(path("mixed"), { onSkip: (name, error) => skipped.push([name, error?.row]) }),
  );
  expect(read).toHaveLength(1);
  expect(skipped).toEqual([
    [join("deep", "b.swc"), 2],
    ["gone.swc", undefined],
    ["info.txt", undefined],
  ]);
});

test.skipIf(process.platform !== "linux")(
  "names in a folder that are not UTF-8, which only Linux takes, are thrown or told, not passed over as no SWC",
  async () => {
    const latin = (name: string): Buffer => Buffer.from(path(name), "latin1");
    mkdirSync(path("latin"));
    writeFileSync(path("latin/a.swc"), swc);
    writeFileSync(latin("latin/gr\xfcn.swc"), swc);
    mkdirSync(latin("latin/w\xfcrm"));
    writeFileSync(latin("latin/w\xfcrm/b.swc"), swc);
    await expect(all(readSwc(path("latin")))).rejects.toMatchObject({
      code: "unreadable",
      file: path("latin/gr\uFFFDn.swc"),
    });
    const skipped: [string, string | undefined][] = [];
    const onSkip = (name: string, error?: Error): void => {
      skipped.push([name, error?.message]);
    };
    expect(await all(readSwc(path("latin"), { onSkip }))).toHaveLength(1);
    expect(skipped).toEqual(
      ["gr\uFFFDn.swc", "w\uFFFDrm"].map((name) => [
        name,
        expect.stringContaining("has a name that is not UTF-8"),
      ]),
    );
  },
);

describe("what fails half-way leaves nothing", () => {
  const broken = async function* (): AsyncGenerator<Neuron> {
    for (let id = 1n; id <= 20n; id++) yield makeSkeleton(id, 3000);
    throw new Error("source broke");
  };

  test.each(["out", "out.zip", "out.tar", "out.tar.gz", "out.arrow", "out.csv", "out.parquet.zip"])(
    "%s",
    async (name) => {
      mkdirSync(path(`half-${name}`));
      const place = join(path(`half-${name}`), name);
      await expect(writeAny(place, broken())).rejects.toThrow("source broke");
      expect(readdirSync(path(`half-${name}`))).toEqual([]);
    },
  );

  test("a single SWC", async () => {
    mkdirSync(path("half-one"));
    const two = [makeSkeleton(1n, 3), makeSkeleton(2n, 3)];
    await expect(writeSwc(path("half-one/x.swc"), two)).rejects.toMatchObject({
      code: "invalid-input",
    });
    await expect(
      writeSwc(path("half-one/folder"), two, { fileName: ({ id }) => `../${id}.swc` }),
    ).rejects.toMatchObject({ code: "unsafe-archive" });
    expect(readdirSync(path("half-one"))).toEqual([]);
  });

  test("parts of a file that breaks", async () => {
    mkdirSync(path("half-parts"));
    const neurons = Array.from({ length: 6 }, (_, at) => makeSkeleton(BigInt(at), 3000));
    await writeNeurons(path("whole.parquet"), neurons, { groupRows: 3000, codec: "none" });
    const bytes = await encodeNeurons(neurons, { groupRows: 3000, codec: "none" });
    bytes.fill(0xff, Math.floor(bytes.length * 0.7), Math.floor(bytes.length * 0.7) + 5000);
    writeFileSync(path("spoilt.parquet"), bytes);
    await expect(
      splitNeurons(path("spoilt.parquet"), path("half-parts/part.parquet"), { neurons: 1 }),
    ).rejects.toSatisfy((error) => isNeuronError(error));
    expect(readdirSync(path("half-parts"))).toEqual([]);
  });
});
