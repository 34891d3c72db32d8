import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { judge } from "./judge.ts";

const imports = {
  navis: "navis",
  pocaduck: "pocaduck",
  pyarrow: "pyarrow, duckdb, numpy",
  vastdb: "vastdb",
} as const;

for (const name of ["navis", "pocaduck", "pyarrow", "vastdb"] as const) {
  const python = judge(name);
  test.skipIf(python === undefined)(`the Python judge ${name} answers (needs Python)`, () => {
    const code = `import ${imports[name]}; print("ready")`;
    expect(execFileSync(String(python), ["-c", code], { encoding: "utf8" })).toBe("ready\n");
  });
}
