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
import { dirname, join } from "node:path";
import { writeNeurons } from "@pocaduck/neuron-parquet";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chain, writeChains } from "./neuron-files.ts";
import { runInProcess, type Said } from "./run-in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
const run = (name: string, ...words: string[]): Promise<Said> =>
  runInProcess(`neurons ${name}`, words);

beforeAll(async () => {
  await writeChains(path("all.parquet"), 3);
});

/** What Node or a library would say by itself. */
const raw =
  /Cannot read|is not a function|not iterable|ENOENT|EISDIR|ENAMETOOLONG|not valid for enc/;

test("a damaged file of any kind is told as damage, and leaves no output", {
  timeout: 60_000,
}, async () => {
  const kinds: [output: string, damaged: string, ...rest: string[]][] = [
    ["a.parquet", "a.parquet"],
    ["na.parquet", "na.parquet", "--dialect", "neurarrow"],
    ["z.parquet.zip", "z.parquet.zip"],
    ["s.zip", "s.zip"],
    ["s.tar.gz", "s.tar.gz"],
    ["pre", "pre/info", "--to", "precomputed"],
    ["pre2", "pre2/segment_properties/info", "--to", "precomputed"],
    ["sh", "sh/0.shard", "--to", "precomputed", "--sharded"],
  ];
  let told = 0;
  for (const [output, damaged, ...rest] of kinds) {
    expect((await run("convert", path("all.parquet"), path(output), ...rest)).code).toBe(0);
    const whole = readFileSync(path(damaged));
    for (let at = 0; at < 24; at++) {
      const place = Math.floor((at * whole.length) / 24);
      const bytes = Buffer.from(whole);
      bytes[place] = (bytes[place] ?? 0) ^ 0x55;
      writeFileSync(path(damaged), at % 3 === 0 ? bytes.subarray(0, place) : bytes);
      for (const words of [["convert", path("out.parquet")], ["validate"], ["info", "--list"]]) {
        const [name = "", ...more] = words;
        const said = await run(name, path(output), ...more);
        expect({ damaged, at, name, notes: said.notes.filter((note) => raw.test(note)) }).toEqual({
          damaged,
          at,
          name,
          notes: [],
        });
        // Where a format has no checksum coordinates may have changed, and a name may be one that cannot be written.
        const codes = name === "validate" ? [0, 1, 3, 4] : [0, 3, 4];
        if (!codes.includes(said.code)) expect(said.notes.at(-1)).toMatch(/, neuron \d+: \w+/);
        if (said.code === 4) told++;
        if (said.code !== 0) expect(existsSync(path("out.parquet"))).toBe(false);
        rmSync(path("out.parquet"), { force: true });
      }
    }
    writeFileSync(path(damaged), whole);
  }
  expect(told).toBeGreaterThan(200);
  expect(readdirSync(folder).filter((name) => /\.(tmp|part)$/.test(name))).toEqual([]);
});

test("an info that is JSON but makes no sense is told by its file", async () => {
  const kind = '"@type":"neuroglancer_skeletons"';
  const skeletons = (radius: object | null): string => {
    const attribute = radius && { id: "radius", data_type: "float32", ...radius };
    return `{${kind},"vertex_attributes":[${JSON.stringify(attribute)}]}`;
  };
  const infos: [place: string, text: string, reason: RegExp][] = [
    ["info", "null", /info": is no JSON object/],
    ["info", skeletons({ num_components: 0 }), /info": vertex attribute "radius" has 0 as num_c/],
    ["info", skeletons({}), /info": vertex attribute "radius" has undefined as num_components/],
    ["info", skeletons(null), /info": a vertex attribute has no id or data_type/],
    ["info", `{${kind},"vertex_attributes":7}`, /info": vertex_attributes is no list/],
    ["info", `{${kind},"transform":[1,0,0]}`, /info": transform is no list of 12 numbers/],
    ["segment_properties/info", "7", /segment_properties\/info": is no JSON object/],
    [
      "segment_properties/info",
      '{"inline":{"ids":["a"],"properties":[]}}',
      /segment "a" is no integer/,
    ],
    ["segment_properties/info", '{"inline":{"ids":7}}', /has no lists of ids and values/],
    ["segment_properties/info", '{"inline":{"ids":["1"],"properties":[null]}}', /has no lists/],
  ];
  expect((await run("convert", path("all.parquet"), path("p"), "--to", "precomputed")).code).toBe(
    0,
  );
  for (const [place, text, reason] of infos) {
    const whole = readFileSync(path(`p/${place}`));
    writeFileSync(path(`p/${place}`), text);
    const { code, notes } = await run("info", path("p"), "--from", "precomputed");
    expect({ text, code, said: notes.at(-1) }).toEqual({
      text,
      code: 4,
      said: expect.stringMatching(reason),
    });
    writeFileSync(path(`p/${place}`), whole);
  }
});

test("ids that make no file name are refused for a folder, by themselves", async () => {
  const long = "x".repeat(3000);
  for (const [id, reason] of [
    [long, /neuron x+…: makes a file name of 3004 bytes; 255 are the most/],
    ["..", /neuron \.\.: makes no file name/],
  ] as const) {
    await writeNeurons(path("ids.parquet"), [{ ...chain(1n), id }]);
    const { code, notes } = await run("convert", path("ids.parquet"), path("swcs/"));
    expect([code, notes.at(-1)]).toEqual([1, expect.stringMatching(reason)]);
    expect(existsSync(path("swcs"))).toBe(false);
  }
  const odd = ["a/b", "../up", 'q"uote', "emoji🧠", "new\nline", "%41"];
  await writeNeurons(
    path("odd.parquet"),
    odd.map((id) => ({ ...chain(1n), id })),
  );
  expect((await run("convert", path("odd.parquet"), path("odd/"))).code).toBe(0);
  expect(readdirSync(path("odd"))).toHaveLength(odd.length);
  expect(existsSync(join(dirname(folder), "up.swc"))).toBe(false);
  const back = await run("info", path("odd"), "--list", "--json");
  expect((back.value as { id: string }[]).map(({ id }) => id).sort()).toEqual([...odd].sort());
});

test("a file without neurons is valid, and nothing to convert", async () => {
  await writeNeurons(path("none.parquet"), []);
  const checked = await run("validate", path("none.parquet"));
  expect([checked.code, checked.lines]).toEqual([0, ["0 neurons without fault"]]);
  const made = await run("convert", path("none.parquet"), path("none2.parquet"));
  expect([made.code, made.notes]).toEqual([3, [`${path("none.parquet")} holds no neurons`]]);
});

test("texts beside the input, repeated options and empty names are refused by name", async () => {
  writeFileSync(path("bytes.csv"), Uint8Array.of(0xff, 0xfe, 0xfd));
  mkdirSync(path("folder"));
  const refusals: [code: number, reason: RegExp, ...words: string[]][] = [
    [3, /absent\.csv is not there/, "convert", "--connectors", path("absent.csv")],
    [4, /bytes\.csv is no text of UTF-8/, "convert", "--connectors", path("bytes.csv")],
    [2, /folder is a folder/, "subset", "--ids", path("folder")],
    [3, /absent\.txt is not there/, "subset", "--ids", path("absent.txt")],
    [2, /--to is given twice/, "convert", "--to", "swc", "--to", "arrow"],
    [2, /--dotprops to be a whole number/, "convert", "--dotprops", "99999999999"],
    [2, /--limit to be a whole number/, "convert", "--limit", "-1"],
    [3, /ids are not in .*: -1$/, "convert", "--id", "-1", "--id", "-1"],
  ];
  for (const [code, reason, name = "", ...rest] of refusals) {
    const said = await run(name, path("all.parquet"), path("refused.parquet"), ...rest);
    expect({ rest, code: said.code, last: said.notes.at(-1) }).toEqual({
      rest,
      code,
      last: expect.stringMatching(reason),
    });
    expect(existsSync(path("refused.parquet"))).toBe(false);
  }
  const many = await run("convert", path("all.parquet"), path("many.swc"));
  expect([many.code, many.notes.at(-1)]).toEqual([
    1,
    expect.stringMatching(/many\.swc": a \.swc holds one neuron/),
  ]);
  expect((await run("convert", path("all.parquet"), "")).notes).toEqual([
    "the address is empty: expected a path or a URL",
  ]);
});
