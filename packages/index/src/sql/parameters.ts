import type { DuckDBPreparedStatement } from "@duckdb/node-api";
import { IndexError } from "../errors.ts";

/** What a `?`, `$1` or `$name` stands for. A bigint is a uint64 or, when negative, an int64. */
export type SqlParameter = null | boolean | number | bigint | string | Uint8Array;
export type SqlParameters = readonly SqlParameter[] | Readonly<Record<string, SqlParameter>>;

/** @throws {IndexError} `invalid-query` unless `parameters` are those the statement asks for. */
export function bindParameters(
  statement: DuckDBPreparedStatement,
  parameters: SqlParameters,
): void {
  const given = Array.isArray(parameters)
    ? new Map(parameters.map((value: SqlParameter, at) => [String(at + 1), value]))
    : new Map(Object.entries(parameters));
  const asked = Array.from({ length: statement.parameterCount }, (_, at) =>
    statement.parameterName(at + 1),
  );
  const missing = asked.filter((name) => !given.has(name));
  const stray = [...given.keys()].filter((name) => !asked.includes(name));
  if (missing.length > 0 || stray.length > 0) {
    const [wants, got] = [asked, [...given.keys()]].map((names) => names.join(", ") || "none");
    throw new IndexError("invalid-query", `The query has parameters ${wants}, given are ${got}`);
  }
  for (const [at, name] of asked.entries()) bind(statement, at + 1, name, given.get(name) ?? null);
}

function bind(
  statement: DuckDBPreparedStatement,
  at: number,
  name: string,
  value: SqlParameter,
): void {
  if (value === null) statement.bindNull(at);
  else if (typeof value === "boolean") statement.bindBoolean(at, value);
  else if (typeof value === "string") statement.bindVarchar(at, value);
  else if (value instanceof Uint8Array) statement.bindBlob(at, value);
  else if (typeof value === "bigint") bindInteger(statement, at, name, value);
  else if (typeof value !== "number") {
    throw new TypeError(`Expected parameter ${name} to be a plain value, got ${typeof value}`);
  } else if (!Number.isInteger(value)) statement.bindDouble(at, value);
  else if (Number.isSafeInteger(value)) bindInteger(statement, at, name, BigInt(value));
  else throw new RangeError(`Expected parameter ${name} as a bigint from 2^53 on, got ${value}`);
}

/** As the type of labels where it fits: as a HUGEINT, DuckDB's own choice, it would make every lookup a scan. */
function bindInteger(
  statement: DuckDBPreparedStatement,
  at: number,
  name: string,
  value: bigint,
): void {
  if (BigInt.asUintN(64, value) === value) statement.bindUBigInt(at, value);
  else if (BigInt.asIntN(64, value) === value) statement.bindBigInt(at, value);
  else throw new RangeError(`Expected parameter ${name} to fit 64 bits, got ${value}`);
}
