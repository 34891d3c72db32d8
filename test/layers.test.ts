import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The architecture: what each package imports of ours. A row names only rows above it. */
const layers = {
  storage: [],
  format: [],
  "neuron-parquet": [],
  labelmap: [],
  flight: [],
  vastdb: [],
  "storage-local": ["storage"],
  "storage-s3": ["storage"],
  "storage-gcs": ["storage"],
  "storage-http": ["storage"],
  volume: ["labelmap", "storage"],
  index: ["format", "storage"],
  query: ["format", "storage"],
  ingest: ["format", "index", "storage"],
  pocaduck: [
    "format",
    "index",
    "ingest",
    "neuron-parquet",
    "query",
    "storage",
    "storage-gcs",
    "storage-http",
    "storage-local",
    "storage-s3",
    "volume",
  ],
};

const imports = Object.fromEntries(
  globSync("packages/*/package.json").map((path) => {
    const { name, dependencies = {} } = JSON.parse(readFileSync(path, "utf8"));
    const ours = Object.keys(dependencies).filter((dependency) =>
      dependency.startsWith("@pocaduck/"),
    );
    return [short(name), ours.map(short).sort()];
  }),
);

test("packages import what the table says", () => {
  expect(imports).toEqual(layers);
});

test("the table runs downhill", () => {
  const above = new Set<string>();
  for (const [name, below] of Object.entries(layers)) {
    expect([...above]).toEqual(expect.arrayContaining(below));
    above.add(name);
  }
});

test("the README shows the same table", () => {
  const rows = readFileSync("README.md", "utf8").matchAll(/^\| (\[.+\]\(.+\)) \|.*\| (.+) \|$/gm);
  const shown = Array.from(rows, ([, links = "", below = ""]) =>
    Array.from(links.matchAll(/\(packages\/([\w-]+)\)/g), ([, name]) => [
      name,
      below.split(", ").filter((ours) => ours !== "–"),
    ]),
  );
  expect(Object.fromEntries(shown.flat())).toEqual(layers);
});

test("the picture shows every package", () => {
  const picture = readFileSync("docs/architecture.svg", "utf8");
  const shown = Object.keys(layers).map((name) => name.replace(/^storage-.*/, "storage-*"));
  for (const name of shown) expect(picture).toContain(`>${name}<`);
  expect(picture.match(/font-weight="bold"/g)).toHaveLength(new Set(shown).size);
});

function short(name: string): string {
  return name.replace("@pocaduck/", "");
}
