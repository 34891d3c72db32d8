import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";

const packages = join(import.meta.dirname, "../packages");
const folders = globSync("*/package.json", { cwd: packages }).map(dirname).sort();
const exactVersion = /^\d+\.\d+\.\d+(-[\w.]+)?$/;

describe.each(folders)("%s", (folder) => {
  const manifest = JSON.parse(readFileSync(join(packages, folder, "package.json"), "utf8"));
  const { exports, publishConfig, dependencies = {}, devDependencies = {} } = manifest;

  test("is named after its folder, says what it is, and carries the licence", () => {
    expect(manifest).toMatchObject({
      name: folder === "pocaduck" ? "pocaduck" : `@pocaduck/${folder}`,
      description: expect.stringMatching(/^[A-Z].*\.$/),
      license: "BSD-3-Clause",
      repository: { directory: `packages/${folder}` },
    });
  });

  test("is an ES module for Node 24, without side effects", () => {
    expect(manifest).toMatchObject({
      type: "module",
      sideEffects: false,
      engines: { node: ">=24" },
      files: expect.arrayContaining(["dist", "src"]),
    });
  });

  test("exports its source here and the same paths from dist when published", () => {
    const { "./package.json": self, ...paths } = exports;
    expect(self).toBe("./package.json");
    for (const [path, source] of Object.entries(paths)) {
      if (String(source).endsWith(".json")) {
        expect(publishConfig.exports[path]).toBe(source);
        continue;
      }
      expect(source).toMatch(/^\.\/src\/.+\.ts$/);
      const built = String(source).replace("./src/", "./dist/").replace(/\.ts$/, "");
      expect(publishConfig.exports[path]).toEqual({
        types: `${built}.d.ts`,
        default: `${built}.js`,
      });
    }
    expect(Object.keys(publishConfig.exports)).toEqual(Object.keys(exports));
    expect(publishConfig.access).toBe("public");
  });

  test("pins what it depends on exactly, and takes ours from the workspace", () => {
    for (const [name, range] of Object.entries({ ...dependencies, ...devDependencies })) {
      const ours = name.startsWith("@pocaduck/") || name === "pocaduck";
      expect(range, name).toMatch(ours ? /^workspace:\^$/ : exactVersion);
    }
  });

  test("has a README of at most 40 lines", () => {
    const readme = readFileSync(join(packages, folder, "README.md"), "utf8");
    expect(readme.split("\n").length).toBeLessThanOrEqual(41);
    expect(readme).toContain(`# ${manifest.name}\n`);
  });
});
