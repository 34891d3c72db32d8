import type { Triple } from "@pocaduck/labelmap";
import type { ExportRequest } from "./prepare.ts";

/**
 * Options as a query gives them: `scales=0,1`, `shard-bits=15`, `bins=4`, `cell-size=129024`, `unused=null`,
 * `allow-open`, `extents=x,y,z,x,y,z` (least and most voxels of scale 0).
 * @throws {RangeError} naming the option.
 */
export function parseExportQuery(
  uuid: string,
  data: string,
  query: URLSearchParams,
): ExportRequest {
  const known = ["scales", "shard-bits", "bins", "cell-size", "unused", "allow-open", "extents"];
  for (const name of query.keys()) {
    if (!known.includes(name)) {
      throw new RangeError(`Expected options ${known.join(", ")}, got ${JSON.stringify(name)}`);
    }
  }
  const integers = (name: string): number[] | undefined => {
    const text = query.get(name);
    if (text === null) return undefined;
    const parts = text.split(",");
    if (parts.every((part) => /^-?\d{1,10}$/.test(part))) return parts.map(Number);
    throw new RangeError(`Expected \`${name}\` to be integers, got ${JSON.stringify(text)}`);
  };
  const open = query.get("allow-open");
  if (open !== null && !["", "1", "true"].includes(open)) {
    throw new RangeError(
      `Expected \`allow-open\` without a value, or true, got ${JSON.stringify(open)}`,
    );
  }
  const unused = query.get("unused") ?? "empty";
  if (unused !== "empty" && unused !== "null") {
    throw new RangeError(`Expected \`unused\` to be empty or null, got ${JSON.stringify(unused)}`);
  }
  const integer = (name: string): number | undefined => {
    const [value, ...more] = integers(name) ?? [];
    if (more.length === 0) return value;
    throw new RangeError(`Expected \`${name}\` to be one integer, got ${query.get(name)}`);
  };
  const [count, size, shardBits] = ["bins", "cell-size", "shard-bits"].map(integer);
  const scales = integers("scales");
  const box = integers("extents");
  if (box && box.length !== 6) {
    throw new RangeError(`Expected \`extents\` to be 6 integers, got ${box.length}`);
  }
  return {
    uuid,
    data,
    allowOpen: open !== null,
    cells: { unused, ...(count !== undefined && { count }), ...(size !== undefined && { size }) },
    ...(scales && { scales }),
    ...(shardBits !== undefined && { shardBits }),
    ...(box && { extents: { min: triple(box, 0), max: triple(box, 3) } }),
  };
}

const queryNames: Readonly<Record<string, string>> = {
  shardBits: "shard-bits",
  "cells.count": "bins",
  "cells.size": "cell-size",
};

/** What is said of an option, in the names that a query gives it. */
export function inQueryNames(message: string): string {
  return message.replace(/(?<=`)[\w.]+(?=`)/g, (name) => queryNames[name] ?? name);
}

function triple(values: readonly number[], at: number): Triple {
  return [values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0];
}
