import { python } from "../scripts/python.mjs";

/**
 * Python interpreter that holds the judge's packages, or undefined where it is absent: pass that to
 * `test.skipIf`. In CI (`CI=true`) its absence is an error instead.
 * `pyarrow` also holds numpy and DuckDB 1.5; `pocaduck` is the Python PoCADuck and `vastdb` VAST's client, with their own pins.
 */
export function judge(name: "navis" | "pocaduck" | "pyarrow" | "vastdb"): string | undefined {
  const interpreter = python(name);
  if (interpreter === undefined && process.env.CI === "true") {
    throw new Error(`The Python judge ${name} is missing: run node scripts/python.mjs ${name}`);
  }
  return interpreter;
}
