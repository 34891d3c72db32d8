import { readFileSync } from "node:fs";
import {
  type Column,
  countColumns,
  crc32,
  decodeFences,
  decodeGroupPointer,
  type Fence,
  findFences,
  type GroupPointer,
  groupAt,
  leafColumns,
  RowGroup,
} from "@pocaduck/format";
import type { BuiltIndex, BuiltTable } from "../src/index.ts";

/** A row of the index as a leaf has it. */
export interface LeafRow {
  label: bigint;
  block: number;
  object: string;
  pointer: GroupPointer;
  firstRow: number;
  rows: number;
}

/** Leaves of a built index, read without a footer. */
export class BuiltLeaves {
  readonly fences: Fence[];
  readonly #files: Uint8Array[];

  constructor(built: BuiltIndex) {
    this.#files = built.labels.map((path) => readFileSync(path));
    const top = decodeFences(built.root);
    const pages = built.rootPages && readFileSync(built.rootPages);
    this.fences = pages ? top.flatMap((page) => decodeFences(checked(pages, page))) : top;
  }

  all(): LeafRow[] {
    return this.fences.flatMap((fence) => this.#read(fence));
  }

  find(label: bigint): LeafRow[] {
    const fences = this.fences.slice(...findFences(this.fences, label));
    return fences.flatMap((fence) => this.#read(fence)).filter((row) => row.label === label);
  }

  #read(fence: Fence): LeafRow[] {
    const file = this.#files[fence.file] as Uint8Array;
    const bytes = file.subarray(fence.offset, fence.offset + fence.size);
    const group = new RowGroup(leafColumns, bytes, fence, "leaf");
    const labels = new BigUint64Array(group.rows);
    group.numbers(0, 0, group.rows, labels);
    const [blocks, firsts, rows] = [1, 4, 5].map((column) => numbers(group, column)) as [
      Uint32Array,
      Uint32Array,
      Uint32Array,
    ];
    const objects = group.strings(2, 0, group.rows);
    const pointers = group.dictionaryTexts(3).map(decodeGroupPointer);
    const runs = group.runs(3, 0, group.rows);
    const ids = Array.from(runs.entries.subarray(0, runs.length)).flatMap((entry, run) =>
      Array<number>(runs.counts[run] as number).fill(entry),
    );
    return Array.from(labels, (label, row) => ({
      label,
      block: blocks[row] as number,
      object: objects[row] as string,
      pointer: pointers[ids[row] as number] as GroupPointer,
      firstRow: firsts[row] as number,
      rows: rows[row] as number,
    }));
  }
}

/** Label, blocks, points of each row of `counts.parquet`. */
export function readCounts(table: BuiltTable): [bigint, number, bigint][] {
  return readGroups(table, countColumns).flatMap((group) => {
    const [labels, points] = [0, 2].map((column) => {
      const values = new BigUint64Array(group.rows);
      group.numbers(column, 0, group.rows, values);
      return values;
    }) as [BigUint64Array, BigUint64Array];
    const blocks = numbers(group, 1);
    return Array.from(labels, (label, row): [bigint, number, bigint] => [
      label,
      blocks[row] as number,
      points[row] as bigint,
    ]);
  });
}

export function readGroups({ path, groups }: BuiltTable, columns: readonly Column[]): RowGroup[] {
  const bytes = readFileSync(path);
  return groups.offset.map((offset, at) => {
    const pointer = groupAt({ key: path, size: bytes.length, sha256: "", groups }, at);
    return new RowGroup(columns, bytes.subarray(offset, offset + pointer.size), pointer, path);
  });
}

function numbers(group: RowGroup, column: number): Uint32Array {
  const values = new Uint32Array(group.rows);
  group.numbers(column, 0, group.rows, values);
  return values;
}

function checked(bytes: Uint8Array, { offset, size, crc }: Fence): Uint8Array {
  const part = bytes.subarray(offset, offset + size);
  if (crc32(part) !== crc >>> 0) throw new Error(`the page at ${offset} has another CRC-32`);
  return part;
}
