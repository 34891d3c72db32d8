import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Neuron, openNeurons, readAny, writeNeurons } from "@pocaduck/neuron-parquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shared } from "../../../test/shared.ts";
import { table } from "../src/cli/table.ts";
import { chain, serveBytes, swc, writeChains } from "./neuron-files.ts";
import { runInProcess, type Said } from "./run-in-process.ts";

const folder = mkdtempSync(join(tmpdir(), "pocaduck-neurons-options-"));
afterAll(() => rmSync(folder, { recursive: true }));
const path = (name: string): string => join(folder, name);
let made = 0;
/** A name that no test has used. */
const fresh = (ending: string): string => path(`out-${++made}${ending}`);

const node = "1 1 0 0 0 1 -1\n2 3 9 9 9 1 1\n";

beforeAll(async () => {
  await writeChains(path("all.parquet"), 3);
  await writeChains(path("misnamed.swc"), 3);
  await writeNeurons(path("colon.parquet"), [chain(1n), chain(2n)].map(withColon), {
    allowUnreadable: true,
  });
  await writeNeurons(path("unsorted.parquet"), [chain(2n), chain(1n)], { order: "keep" });
  await writeNeurons(path("roots.parquet"), [
    { ...chain(1n), parentId: Int32Array.of(-1, 1, -1, 3) },
  ]);
  mkdirSync(path("named"));
  writeFileSync(path("named/cell_5.swc"), node);
  mkdirSync(path("part-broken"));
  writeFileSync(path("part-broken/6.swc"), node);
  writeFileSync(path("part-broken/7.swc"), "1 1 x\n");
  writeFileSync(path("8.swc"), swc(8));
  writeFileSync(path("bare.swc"), node);
  await run("index", [path("all.parquet"), path("all.index")]);
  await run("index", [path("unsorted.parquet"), path("other.index")]);
});

function withColon(neuron: Neuron): Neuron {
  return { ...neuron, id: `a:${neuron.id}` };
}

function run(name: string, words: readonly string[]): Promise<Said> {
  return runInProcess(`neurons ${name}`, words);
}

/** What a command that writes makes of an input: the neurons, out of one file or of several. */
async function written(
  name: string,
  input: string,
  rest: readonly string[],
  ending = ".parquet",
): Promise<Said & { neurons: Neuron[]; output: string }> {
  const output = fresh(ending);
  const words = name === "merge" ? [output, input] : [input, output];
  const size = name === "split" && !rest.includes("--neurons") ? ["--neurons", "2"] : [];
  const said = await run(name, [...words, ...rest, ...size]);
  const files = name === "split" ? said.lines : said.code === 0 ? [output] : [];
  const neurons: Neuron[] = [];
  for (const file of files) for await (const neuron of readAny(file)) neurons.push(neuron);
  return { ...said, neurons, output };
}

const ids = (neurons: readonly Neuron[]): unknown[] => neurons.map(({ id }) => id);

type Trials = Record<string, () => Promise<void>>;

/** What a command saw of its input, whichever way it tells. */
async function seen(name: string, input: string, rest: readonly string[]): Promise<unknown> {
  if (name === "validate") {
    const { code, value } = await run(name, [input, ...rest, "--json"]);
    return code === 0 ? (value as { neurons: number }).neurons : code;
  }
  if (name === "draw") {
    const output = fresh(".svg");
    const { code } = await run(name, [input, output, ...rest]);
    return code === 0 ? readFileSync(output, "utf8").match(/<path/g)?.length : code;
  }
  const { code, neurons } = await written(name, input, rest);
  return code === 0 ? neurons.length : code;
}

/** Options of what is read. */
function reading(name: string): Trials {
  return {
    async from() {
      expect(await seen(name, path("misnamed.swc"), [])).toBe(4);
      expect(await seen(name, path("misnamed.swc"), ["--from", "parquet"])).toBe(3);
    },
    async id() {
      expect(await seen(name, path("all.parquet"), ["--id", "1", "--id", "3"])).toBe(2);
      expect(await seen(name, path("all.parquet"), ["--id", "4"])).toBe(3);
    },
    async limit() {
      expect(await seen(name, path("all.parquet"), ["--limit", "2"])).toBe(2);
      expect(await seen(name, path("all.parquet"), ["--limit", "9"])).toBe(3);
    },
    async pattern() {
      const pattern = ["--pattern", "{name}_{id:int}.swc"];
      expect(await seen(name, path("named"), [...pattern, "--id", "5"])).toBe(1);
      expect(await seen(name, path("named"), ["--id", "5"])).toBe(3);
    },
    async skip() {
      expect(await seen(name, path("part-broken"), [])).toBe(4);
      expect(await seen(name, path("part-broken"), ["--skip"])).toBe(1);
    },
    async index() {
      expect(await seen(name, path("all.parquet"), ["--index", path("all.index")])).toBe(3);
      expect(await seen(name, path("all.parquet"), ["--index", path("other.index")])).toBe(4);
    },
  };
}

/** Options of what is written. */
function writing(name: string): Trials {
  return {
    async "id-type"() {
      const text = await written(name, path("all.parquet"), ["--id-type", "text"]);
      expect(ids(text.neurons)).toEqual(["1", "2", "3"]);
    },
    async dialect() {
      const { output, lines } = await written(name, path("all.parquet"), [
        "--dialect",
        "neurarrow",
      ]);
      await using file = await openNeurons(name === "split" ? String(lines[0]) : output);
      expect([file.dialect, file.columns.includes("sample_id")]).toEqual(["neurarrow", true]);
    },
    async unreadable() {
      const refused = await written(name, path("colon.parquet"), []);
      expect(refused.code).toBe(1);
      expect(refused.notes.at(-1)).toContain("--unreadable writes it");
      const { neurons } = await written(name, path("colon.parquet"), ["--unreadable"]);
      expect(ids(neurons)).toEqual(["a:1", "a:2"]);
    },
  };
}

function unitsAndTo(name: string): Trials {
  return {
    async units() {
      for (const [text, units] of [
        ["4 um", "4 micrometer"],
        ["[4 4 40] nanometer", ["4 nanometer", "4 nanometer", "40 nanometer"]],
      ] as const) {
        const { neurons } = await written(name, path("bare.swc"), ["--units", text]);
        expect(neurons[0]?.units).toEqual(units);
      }
      const kept = await written(name, path("all.parquet"), ["--units", "4 um"]);
      expect(kept.neurons[0]?.units).toBe("8 nanometer");
      expect((await written(name, path("bare.swc"), ["--units", "8 furlongs"])).code).toBe(2);
    },
    ...(name === "split"
      ? {}
      : {
          async to() {
            const { output } = await written(
              name,
              path("all.parquet"),
              ["--to", "arrow"],
              ".feather",
            );
            expect(readFileSync(output).subarray(0, 6).toString()).toBe("ARROW1");
            const other = await run(
              name,
              name === "merge"
                ? [path("folder"), path("all.parquet"), "--to", "swc"]
                : [path("all.parquet"), path(`folder-${name}`), "--to", "swc"],
            );
            expect(other.code).toBe(0);
            const at = name === "merge" ? "folder" : `folder-${name}`;
            expect(readdirSync(path(at))).toEqual(["1.swc", "2.swc", "3.swc"]);
          },
        }),
  };
}

const trials: Record<string, Trials> = {
  convert: {
    ...reading("convert"),
    ...writing("convert"),
    ...unitsAndTo("convert"),
    async connectors() {
      writeFileSync(
        path("c.csv"),
        "neuron,connector_id,node_id,type,x,y,z\n1,7,2,pre,1,2,3\n1,8,3,post,1,2,3\n",
      );
      const { neurons } = await written("convert", path("all.parquet"), [
        "--connectors",
        path("c.csv"),
      ]);
      expect(neurons.map(({ connectors }) => [...(connectors?.connectorId ?? [])])).toEqual([
        [7, 8],
        [],
        [],
      ]);
    },
    async dotprops() {
      const { neurons } = await written("convert", path("all.parquet"), ["--dotprops", "3"]);
      expect(neurons.map(({ kind, k }) => [kind, k])).toEqual(Array(3).fill(["dotprops", 3]));
    },
    async sharded() {
      const output = fresh("");
      const words = [path("all.parquet"), output, "--to", "precomputed"];
      expect((await run("convert", [...words, "--sharded"])).code).toBe(0);
      const names = readdirSync(output);
      expect(names.filter((name) => name.endsWith(".shard"))).not.toEqual([]);
      expect(names).not.toContain("1");
      expect(await seen("convert", output, ["--id", "2"])).toBe(1);
    },
    async nanometers() {
      mkdirSync(path("one"));
      writeFileSync(path("one/9.swc"), node);
      const rest = ["--to", "precomputed"];
      const refused = await run("convert", [path("one"), fresh(""), ...rest]);
      expect([refused.code, refused.notes.at(-1)?.includes("(--nanometers)")]).toEqual([1, true]);
      const output = fresh("");
      const done = await run("convert", [path("one"), output, ...rest, "--nanometers", "8"]);
      expect(done.code).toBe(0);
      for await (const { x } of readAny(output)) expect([...x]).toEqual([0, 72]);
    },
    async reindex() {
      writeFileSync(path("high.swc"), "70 1 0 0 0 1 -1\n90 3 9 9 9 1 70\n");
      const { output } = await written("convert", path("high.swc"), ["--reindex"], ".swc");
      expect(readFileSync(output, "utf8")).toMatch(/^1 1 .* -1\n2 3 .* 1\n$/m);
    },
  },
  subset: {
    ...reading("subset"),
    ...writing("subset"),
    ...unitsAndTo("subset"),
    async ids() {
      writeFileSync(path("ids.txt"), "3\r\n\n 1 \n");
      const { neurons } = await written("subset", path("all.parquet"), ["--ids", path("ids.txt")]);
      expect(ids(neurons)).toEqual([3n, 1n]);
    },
    async name() {
      const { neurons } = await written("subset", path("all.parquet"), ["--name", "n2"]);
      expect(ids(neurons)).toEqual([2n]);
      const none = await written("subset", path("all.parquet"), ["--name", "zz"]);
      expect([none.code, none.notes]).toEqual([
        3,
        [`${path("all.parquet")} holds no neurons whose name holds "zz"`],
      ]);
    },
  },
  merge: { ...reading("merge"), ...writing("merge"), ...unitsAndTo("merge") },
  split: {
    ...reading("split"),
    ...writing("split"),
    ...unitsAndTo("split"),
    async neurons() {
      const { lines } = await written("split", path("all.parquet"), ["--neurons", "1"]);
      expect(lines.map((line) => line.slice(-13))).toEqual(
        [1, 2, 3].map((at) => `-000${at}.parquet`),
      );
    },
    async rows() {
      const output = fresh(".parquet");
      const { lines } = await run("split", [path("all.parquet"), output, "--rows", "5"]);
      expect(lines).toHaveLength(2);
    },
  },
  validate: {
    ...reading("validate"),
    async roots() {
      expect((await run("validate", [path("roots.parquet")])).code).toBe(0);
      const counted = await run("validate", [path("roots.parquet"), "--roots"]);
      expect([counted.code, counted.lines]).toEqual([
        1,
        ["neuron 1: several-roots: has 2 roots: 1, 3"],
      ]);
    },
  },
  draw: {
    ...reading("draw"),
    async view() {
      const drawn = async (view: string): Promise<string> => {
        const output = fresh(".svg");
        expect((await run("draw", [path("all.parquet"), output, "--view", view])).code).toBe(0);
        return readFileSync(output, "utf8");
      };
      const pictures = await Promise.all(["xy", "xz", "yz", "yx", "zx", "zy"].map(drawn));
      expect(new Set(pictures).size).toBe(6);
      expect((await run("draw", [path("all.parquet"), fresh(".svg"), "--view", "xx"])).code).toBe(
        2,
      );
    },
    async size() {
      const output = fresh(".png");
      await run("draw", [path("all.parquet"), output, "--size", "100"]);
      const png = readFileSync(output);
      expect(Math.max(png.readUInt32BE(16), png.readUInt32BE(20))).toBe(100);
    },
  },
  rewrite: {
    ...writing("rewrite"),
    index: reading("rewrite").index as () => Promise<void>,
    async lean() {
      const lean = await written("rewrite", path("all.parquet"), ["--lean"]);
      expect(lean.neurons.map(({ name }) => name)).toEqual(["n1", "n2", "n3"]);
      expect(readFileSync(lean.output).includes("1:name")).toBe(false);
      const plain = await written("rewrite", path("all.parquet"), []);
      expect(readFileSync(plain.output).includes("1:name")).toBe(true);
    },
    async keep() {
      const sorted = await written("rewrite", path("unsorted.parquet"), []);
      expect(ids(sorted.neurons)).toEqual([1n, 2n]);
      const kept = await written("rewrite", path("unsorted.parquet"), ["--keep"]);
      expect(ids(kept.neurons)).toEqual([2n, 1n]);
    },
  },
  info: {
    async from() {
      const { lines } = await run("info", [path("misnamed.swc"), "--from", "parquet"]);
      expect(lines[0]).toMatch(/^3 skeletons of 12 nodes/);
    },
    async id() {
      const { value } = await run("info", [path("all.parquet"), "--id", "2", "--json"]);
      expect(value).toEqual([{ id: "2", name: "n2", units: "8 nanometer", soma: [1] }]);
    },
    async list() {
      const { lines } = await run("info", [path("all.parquet"), "--list"]);
      expect(lines.map((line) => line.slice(0, 4))).toEqual(["1 n1", "2 n2", "3 n3"]);
    },
    async index() {
      const other = await run("info", [path("all.parquet"), "--index", path("other.index")]);
      expect([other.code, other.notes.at(-1)?.includes("of another file")]).toEqual([4, true]);
      const own = await run("info", [path("all.parquet"), "--index", path("all.index")]);
      expect(own.code).toBe(0);
    },
  },
  index: {
    async nodes() {
      const [plain, more] = [fresh(".index"), fresh(".index")];
      await run("index", [path("all.parquet"), plain]);
      await run("index", [path("all.parquet"), more, "--nodes"]);
      expect(readFileSync(more).equals(readFileSync(plain))).toBe(false);
      expect(await seen("convert", path("all.parquet"), ["--index", more])).toBe(3);
    },
  },
};

const names = Object.keys(table).filter((name) => name.startsWith("neurons "));

describe.for(names)("%s", (name) => {
  const own = trials[name.replace("neurons ", "")] ?? {};

  test("has no option that is not tried here", async () => {
    const entry = await table[name]?.load();
    expect(Object.keys(own).sort()).toEqual(Object.keys(entry?.command.options ?? {}).sort());
  });

  for (const [option, trial] of Object.entries(own)) test(`--${option}`, trial);
});

test("an index is found beside its file; one of another file is told, and left", async () => {
  await writeChains(path("indexed.parquet"), 3);
  const { lines } = await run("index", [path("indexed.parquet"), "--nodes"]);
  expect(lines[0]).toMatch(/ bytes to .*indexed\.parquet\.index$/);
  const own = await written("subset", path("indexed.parquet"), ["--id", "2"]);
  expect([own.notes, own.neurons[0]?.x]).toEqual([[], chain(2n).x]);
  writeFileSync(path("indexed.parquet.index"), readFileSync(path("other.index")));
  const told = await written("subset", path("indexed.parquet"), ["--id", "2"]);
  expect([told.code, told.neurons.length, told.notes[0]]).toEqual([
    0,
    1,
    expect.stringMatching(/indexed\.parquet\.index was not used: .* of another file/),
  ]);
});

const golden = (name: string): string => join(shared ?? "", "neurons", name);

test.skipIf(!shared)(
  "an index spares a server bytes that holds a foreign file (needs ../shared)",
  async () => {
    const foreign = readFileSync(golden("navis-1.12/skeletons.parquet"));
    await using site = await serveBytes(foreign);
    const url = `${site.url}/x.parquet`;
    const index = fresh(".index");
    expect((await run("index", [url])).code).toBe(2);
    expect((await run("index", [url, index, "--nodes"])).code).toBe(0);
    const count = async (...rest: string[]): Promise<[sent: number, svg: string]> => {
      site.sent = 0;
      const output = fresh(".svg");
      expect((await run("draw", [url, output, "--id", "754534424", ...rest])).code).toBe(0);
      return [site.sent, readFileSync(output, "utf8")];
    };
    const [without, plain] = await count();
    const [beside, same] = await count("--index", index);
    expect(beside).toBeLessThan(without);
    expect(same).toBe(plain);
  },
);

test.skipIf(!shared)(
  "float ids are written as what --id-type says, and refused without it (needs ../shared)",
  async () => {
    const floats = golden("navis-1.12/skeletons-floatids.parquet");
    const found = await run("info", [floats, "--list", "--json"]);
    const before = (found.value as { id: number }[]).map(({ id }) => id);
    expect(before.every((id) => typeof id === "number")).toBe(true);
    for (const name of ["convert", "subset", "merge", "rewrite", "split"]) {
      const refused = await written(name, floats, []);
      const advice = refused.notes.at(-1)?.includes("(--id-type integer or text)");
      expect([name, refused.code, advice]).toEqual([name, 1, true]);
      const texts = await written(name, floats, ["--id-type", "text"]);
      expect(new Set(ids(texts.neurons))).toEqual(new Set(before.map(String)));
    }
    expect(before).toEqual([1.5, 2]);
    const fraction = await written("convert", floats, ["--id-type", "integer"]);
    expect([fraction.code, fraction.notes.at(-1)]).toEqual([
      1,
      "id 1.5 is no integer: leave out --id-type integer, or give text",
    ]);
    const words = ["--id-type", "integer", "--id", "2.0"];
    const integer = await written("convert", floats, words);
    expect(ids(integer.neurons)).toEqual([2n]);
    const one = await run("info", [floats, "--id", "1.50", "--json"]);
    expect(one.value).toMatchObject([{ id: 1.5 }]);
  },
);

test.skipIf(!shared)("units of three axes go through every command (needs ../shared)", async () => {
  const three = ["4 nanometer", "4 nanometer", "40 nanometer"];
  for (const name of ["convert", "merge", "rewrite", "split", "subset"]) {
    const { neurons } = await written(name, golden("edge/units-anisotropic.parquet"), []);
    expect(neurons.map(({ units }) => units)).toEqual([three, "8 nanometer"]);
  }
  const swc = await written(
    "convert",
    golden("edge/units-anisotropic.parquet"),
    ["--limit", "1"],
    ".swc",
  );
  const back = await written("convert", swc.output, []);
  expect(back.neurons[0]?.units).toEqual(three);
});
