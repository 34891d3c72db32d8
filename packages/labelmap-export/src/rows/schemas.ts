import {
  Binary,
  type DataType,
  Field,
  Int32,
  List,
  Schema,
  Uint32,
  Uint64,
  Utf8,
} from "apache-arrow";
import type { CellLayout } from "../plan/plan.ts";
import type { TableName } from "../plan/task.ts";

const u64 = (name: string): Field => new Field(name, new Uint64(), false);
const i32 = (name: string): Field => new Field(name, new Int32(), false);
const ids = (name: string): Field =>
  new Field(name, new List(new Field("element", new Uint64(), false)), false);

/** `bin1`, `bin2`, … */
function cellNames({ count }: CellLayout): string[] {
  return Array.from({ length: count }, (_, index) => `bin${index + 1}`);
}

/**
 * The columns of a table as they travel. Where a block's rest does not fit its cells, `overflow` has all of it on
 * the way, and the key of an object with it in a sink.
 */
export function wireSchema(table: TableName, cells: CellLayout): Schema {
  return schema(table, cells, new Binary());
}

export function tableSchema(table: TableName, cells: CellLayout): Schema {
  return schema(table, cells, new Utf8());
}

function schema(table: TableName, cells: CellLayout, overflow: DataType): Schema {
  if (table === "mapping") return new Schema([u64("supervoxel"), u64("body")]);
  if (table === "indices") {
    const place = ["x", "y", "z"].map(i32);
    const voxels = new Field("voxels", new Uint32(), false);
    return new Schema([u64("body"), ...place, u64("supervoxel"), voxels, u64("last_mutation")]);
  }
  return new Schema([
    ...["scale", "x", "y", "z"].map(i32),
    u64("shard"),
    u64("morton"),
    ids("supervoxels"),
    ids("labels"),
    new Field("block_size", new Uint32(), false),
    ...cellNames(cells).map((name) => new Field(name, new Binary(), cells.unused === "null")),
    new Field("overflow", overflow, true),
  ]);
}
