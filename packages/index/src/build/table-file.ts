import { closeSync, fsyncSync, openSync, writevSync } from "node:fs";
import { type Column, type ColumnData, type GroupPointer, TableWriter } from "@pocaduck/format";
import type { BuiltTable } from "./job.ts";

/** A Parquet file of ours on the local disk. */
export class TableFile {
  readonly path: string;
  readonly #table: TableWriter;
  readonly #file: number;

  constructor(path: string, columns: readonly Column[]) {
    this.path = path;
    // Read once by upload, rarely by lookups: the smaller the better.
    this.#table = new TableWriter(columns, { level: 3 });
    this.#file = openSync(path, "w");
  }

  get size(): number {
    return this.#table.size;
  }

  write(rows: number, data: readonly ColumnData[]): GroupPointer {
    const { parts, pointer } = this.#table.writeGroup(rows, data);
    writeAll(this.#file, parts);
    return pointer;
  }

  close(): BuiltTable {
    writeAll(this.#file, [this.#table.finish()]);
    fsyncSync(this.#file);
    closeSync(this.#file);
    return { path: this.path, groups: this.#table.groups };
  }
}

function writeAll(file: number, parts: readonly Uint8Array[]): void {
  let rest = parts;
  while (rest.length > 0) {
    // A disk that fills up takes a part of it first, and says why the next time.
    let written = writevSync(file, rest);
    const next = rest.findIndex((part) => {
      if (written < part.length) return true;
      written -= part.length;
      return false;
    });
    if (next < 0) return;
    rest = [(rest[next] as Uint8Array).subarray(written), ...rest.slice(next + 1)];
  }
}
