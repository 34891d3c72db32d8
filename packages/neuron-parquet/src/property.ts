import type { NodeId, PropertyValue } from "./model.ts";

/** Types a `_dtype:PROPERTY` key may name. */
export type Dtype = "str" | "int" | "float" | "bool" | "json";

const DTYPES: readonly string[] = ["str", "int", "float", "bool", "json"];

export function isDtype(text: string): text is Dtype {
  return DTYPES.includes(text);
}

/** The dtype that keeps every one of `values` as it is. */
export function dtypeOf(values: Iterable<PropertyValue>): Dtype {
  let found: Dtype | undefined;
  for (const value of values) {
    const dtype = dtypeOfOne(value);
    if (found === undefined || found === dtype) found = dtype;
    // A whole number may stand among floats, unless it is a bigint, which would come back a number.
    else return "json";
  }
  return found ?? "str";
}

function dtypeOfOne(value: PropertyValue): Dtype {
  switch (typeof value) {
    case "string":
      return "str";
    case "bigint":
      return "int";
    case "number":
      return "float";
    case "boolean":
      return "bool";
    default:
      return "json";
  }
}

export function formatProperty(value: PropertyValue, dtype: Dtype): string {
  if (dtype === "json") return JSON.stringify(value, replacer);
  if (Object.is(value, -0)) return "-0";
  return String(value);
}

/** @throws {SyntaxError} when the text is not of that type. */
export function parseProperty(text: string, dtype: Dtype): PropertyValue {
  switch (dtype) {
    case "str":
      return text;
    case "int":
      if (!/^[-+]?\d+$/.test(text)) throw new SyntaxError(`${quote(text)} is no integer`);
      return BigInt(text.replace(/^\+/, ""));
    case "float": {
      const value = { nan: Number.NaN, inf: Infinity, "+inf": Infinity, "-inf": -Infinity }[
        text.toLowerCase()
      ];
      const number = value ?? Number(text);
      if (text.trim() === "" || (Number.isNaN(number) && value === undefined)) {
        throw new SyntaxError(`${quote(text)} is no number`);
      }
      return number;
    }
    case "bool":
      if (!/^(true|false)$/i.test(text)) throw new SyntaxError(`${quote(text)} is no boolean`);
      return text.toLowerCase() === "true";
    case "json":
      return JSON.parse(text, reviver) as PropertyValue;
  }
}

/** JSON has no bigint and no NaN: they travel as an object of one key, which a plain value may not have. */
const TAG = "$value";

function replacer(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return { [TAG]: `${value}n` };
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { [TAG]: Object.is(value, -0) ? "-0" : String(value) };
  }
  return value;
}

function reviver(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(TAG in value)) return value;
  const text = value[TAG];
  if (typeof text !== "string" || Object.keys(value).length !== 1) return value;
  if (/^-?\d+n$/.test(text)) return BigInt(text.slice(0, -1));
  return /^(NaN|-?Infinity|-0)$/.test(text) ? Number(text) : value;
}

/** Reads `n`, `[n]`, `[]`, `[a, b]`, `[a b]`, `np.int32(6)`; `None` and an empty list are no soma. */
export function parseSoma(text: string): NodeId[] | undefined {
  const trimmed = text.trim();
  if (trimmed === "" || trimmed === "None" || /^\[\s*\]$/.test(trimmed)) return undefined;
  const list = /^\[(.*)\]$/s.exec(trimmed);
  const parts = (list?.[1] ?? trimmed).trim().split(/[\s,]+/);
  return parts.map((part) => {
    const number = /^(?:np\.\w+\()?([-+]?\d+)(?:\.0*)?\)?$/.exec(part)?.[1];
    if (number === undefined) throw new SyntaxError(`${quote(text)} is no node`);
    return nodeId(BigInt(number));
  });
}

/** Written as both navis lines read it: node 0 as a list, since a plain 0 reads as "no soma". */
export function formatSoma(soma: NodeId): string {
  return Number(soma) === 0 ? "[0]" : String(soma);
}

function nodeId(value: bigint): NodeId {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
