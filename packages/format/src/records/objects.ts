import { FormatError } from "../errors.ts";
import type { GroupPointer } from "../leaf.ts";
import type { Shape } from "../shape.ts";

/** An object a record names: enough to check it whole. */
export interface ObjectRef {
  key: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
}

/** A Parquet file of ours: what it takes to read any row group of it without its footer. */
export interface TableRef extends ObjectRef {
  groups: GroupList;
}

/** The row groups of one file, in file order, as parallel lists. */
export interface GroupList {
  /** Bytes from the start of the file. */
  offset: number[];
  /** Bytes. */
  size: number[];
  rows: number[];
  /** CRC-32 of all bytes of the row group. */
  crc: number[];
  /** Bit c is set when the chunk of column c is zstd, clear when it is not compressed. */
  codecs: number[];
}

/** Row group `at` of a table. @throws {FormatError} `corrupt` when the table has none. */
export function groupAt({ key, groups }: TableRef, at: number): GroupPointer {
  const part = (list: number[]): number => {
    const value = list[at];
    if (value === undefined) throw new FormatError("corrupt", key, `has no row group ${at}`);
    return value;
  };
  return {
    offset: part(groups.offset),
    size: part(groups.size),
    rows: part(groups.rows),
    crc: part(groups.crc),
    codecs: part(groups.codecs),
  };
}

export function decodeObjectRef(shape: Shape): ObjectRef {
  return {
    key: shape.string("key"),
    size: shape.count("size"),
    sha256: shape.string("sha256"),
  };
}

export function decodeTableRef(shape: Shape): TableRef {
  return { ...decodeObjectRef(shape), groups: decodeGroupList(shape.object("groups")) };
}

function decodeGroupList(shape: Shape): GroupList {
  return {
    offset: shape.counts("offset"),
    size: shape.counts("size"),
    rows: shape.counts("rows"),
    crc: shape.counts("crc"),
    codecs: shape.counts("codecs"),
  };
}
