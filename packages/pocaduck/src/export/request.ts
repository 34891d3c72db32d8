import type { ExportRequest } from "@pocaduck/labelmap-export";
import { CommandError } from "../cli/exit-codes.ts";
import { parseChoice, parseInteger } from "../cli/parse-value.ts";

/** How an export is shaped, as `dvid export` takes it. */
export const requestOptions = {
  scales: { type: "string", value: "scales", about: "only these, as in 0,1; all by default" },
  extents: {
    type: "string",
    value: "x,y,z,x,y,z",
    about: "first and last voxel of scale 0, in place of what DVID states",
  },
  "shard-bits": {
    type: "string",
    value: "n",
    about: "2^n blocks to a task and file: 15 by default, as neuroglancer's shards",
  },
  bins: {
    type: "string",
    value: "n",
    about: "columns for the packed rest of a block: 4 by default",
  },
  "cell-size": { type: "string", value: "bytes", about: "of one of them: 129024 by default" },
  unused: { type: "string", value: "which", about: "empty (default) or null, in unused columns" },
  "allow-open": {
    type: "boolean",
    about: "take a version that is not locked; compared at the end",
  },
} as const;

const flags: Readonly<Record<string, string>> = {
  scales: "--scales",
  extents: "--extents",
  shardBits: "--shard-bits",
  "cells.count": "--bins",
  "cells.size": "--cell-size",
};

/** What is said of an export's option, in the names of the command line. */
export function inFlags(message: string): string {
  return message.replace(/`([\w.]+)`/g, (quoted, name: string) => flags[name] ?? quoted);
}

type Given = { [K in keyof typeof requestOptions]?: string | boolean };

/** @throws {CommandError} `usage` */
export function parseRequest(uuid: string, data: string, options: Given): ExportRequest {
  const text = (name: keyof Given): string | undefined => {
    const value = options[name];
    return typeof value === "string" ? value : undefined;
  };
  const integers = (name: keyof Given, least: number): number[] | undefined =>
    text(name)
      ?.split(",")
      .map((part) => parseInteger(`--${name}`, part.trim(), least, 2 ** 31 - 1));
  const scales = integers("scales", 0);
  const box = integers("extents", -(2 ** 31));
  if (box && box.length !== 6) {
    throw new CommandError(`expected --extents to be 6 numbers, got ${box.length}`, "usage");
  }
  const [bits] = integers("shard-bits", 0) ?? [];
  const [count] = integers("bins", 1) ?? [];
  const [size] = integers("cell-size", 1) ?? [];
  const unused = parseChoice("--unused", text("unused") ?? "empty", ["empty", "null"]);
  return {
    uuid,
    data,
    allowOpen: options["allow-open"] === true,
    cells: { unused, ...(count !== undefined && { count }), ...(size !== undefined && { size }) },
    ...(scales && { scales }),
    ...(bits !== undefined && { shardBits: bits }),
    ...(box && { extents: { min: triple(box, 0), max: triple(box, 3) } }),
  };
}

function triple(values: readonly number[], at: number): [number, number, number] {
  return [values[at] ?? 0, values[at + 1] ?? 0, values[at + 2] ?? 0];
}
