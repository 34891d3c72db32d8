import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
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
  "labelmap-export": ["flight", "labelmap", "storage", "vastdb"],
  pocaduck: [
    "format",
    "index",
    "ingest",
    "labelmap-export",
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

test("sources import what their package.json says, and nothing past it", () => {
  const found = Object.fromEntries(Object.keys(layers).map((name) => [name, new Set<string>()]));
  for (const path of globSync("packages/*/src/**/*.ts")) {
    const [, name = ""] = path.split("/");
    for (const specifier of specifiersOf(readFileSync(path, "utf8"))) {
      const [, ours] = /^@pocaduck\/([^/]+)/.exec(specifier) ?? [];
      if (ours !== undefined && ours !== name) found[name]?.add(ours);
      if (!specifier.startsWith(".")) continue;
      const target = join(dirname(path), specifier);
      expect(target.startsWith(`packages/${name}/`), `${path} imports ${specifier}`).toBe(true);
    }
  }
  const sorted = Object.entries(found).map(([name, ours]) => [name, [...ours].sort()]);
  expect(Object.fromEntries(sorted)).toEqual(layers);
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

test("the picture shows every package, and an arrow for every import", () => {
  const picture = readFileSync("docs/architecture.svg", "utf8");
  const drawn = (name: string) => name.replace(/^storage-.*/, "storage-*");
  const boxes = Array.from(picture.matchAll(/font-weight="bold"[^>]*>([^<]+)/g), ([, box]) => box);
  expect(boxes.sort()).toEqual([...new Set(Object.keys(layers).map(drawn))].sort());
  const { pocaduck: _, ...below } = layers;
  const imports = Object.entries(below).flatMap(([name, ours]) =>
    ours.map((other) => `${drawn(name)}-to-${other}`),
  );
  const arrows = Array.from(picture.matchAll(/id="([^"]+-to-[^"]+)"/g), ([, arrow]) => arrow);
  expect(arrows.sort()).toEqual([...new Set(imports)].sort());
});

/** What a module imports, statically, for its types, or later. */
function specifiersOf(source: string): string[] {
  const pattern = /\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g;
  return Array.from(source.matchAll(pattern), ([, specifier = ""]) => specifier);
}

function short(name: string): string {
  return name.replace("@pocaduck/", "");
}
