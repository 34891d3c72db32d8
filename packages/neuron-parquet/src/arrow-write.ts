import {
  type Column,
  columnFromArray,
  dictionary,
  int64,
  type Table,
  tableFromColumns,
  tableToIPC,
  uint64,
  utf8,
} from "@uwdata/flechette";
import { NeuronError } from "./errors.ts";
import { KeyWriter } from "./key-writer.ts";
import type { Neuron } from "./model.ts";
import { isRuns, type Runs, type WriteColumn, type WriteData } from "./parquet/write-column.ts";
import { entryOf, TablePlan } from "./table-plan.ts";

/** Neurons as one Arrow table, one row a node or point, with the columns and keys of a file of navis. */
export function toArrow(neurons: readonly Neuron[]): Table {
  const entries = neurons.filter(({ x }) => x.length > 0).map((neuron) => entryOf(neuron, true));
  const required =
    neurons[0]?.kind === "dotprops" ? ["x", "y", "z"] : ["node_id", "parent_id", "x", "y", "z"];
  const plan = new TablePlan(entries, {
    kinds: {},
    required,
    uniform: ["vect_x", "vect_y", "vect_z", "alpha"],
    zeroed: ["label"],
    nullRoots: [],
    idColumn: "neuron",
  });
  const { data } = plan.fill(entries);
  const columns = plan.columns.map((column, at): [string, Column<unknown>] => [
    column.name,
    arrowColumn(column, data[at] as WriteData),
  ]);
  const keys = new KeyWriter();
  for (const neuron of neurons) keys.add(neuron);
  const table = tableFromColumns(columns);
  const metadata = new Map([...keys.dtypes(), ...keys.pairs()]);
  // The library makes tables without metadata, but reads and writes them.
  Object.assign(table.schema, { metadata });
  return table;
}

/** An Arrow file of neurons, which fromArrow reads back. */
export function toArrowFile(neurons: readonly Neuron[]): Uint8Array {
  const bytes = tableToIPC(toArrow(neurons), { format: "file" });
  if (!bytes) throw new NeuronError("invalid-input", "the table could not be written");
  return bytes;
}

function arrowColumn(column: WriteColumn, { values, nulls }: WriteData): Column<unknown> {
  const isUnsigned = column.annotation === "unsigned";
  if (isRuns(values)) {
    if (column.annotation === "text")
      return columnFromArray(expand(values) as string[], dictionary(utf8())) as Column<unknown>;
    return columnFromArray(
      expand(values) as BigInt64Array,
      isUnsigned ? uint64() : int64(),
    ) as Column<unknown>;
  }
  const list = nulls
    ? Array.from(values as ArrayLike<unknown>, (value, row) => (nulls[row] === 1 ? null : value))
    : values;
  if (values instanceof BigInt64Array) {
    const unsigned =
      isUnsigned && !nulls
        ? new BigUint64Array(values.buffer, values.byteOffset, values.length)
        : list;
    return columnFromArray(
      unsigned as BigInt64Array,
      isUnsigned ? uint64() : int64(),
    ) as Column<unknown>;
  }
  if (Array.isArray(values)) return columnFromArray(list as string[], utf8()) as Column<unknown>;
  return columnFromArray(list as Float32Array) as Column<unknown>;
}

function expand({ values, lengths }: Runs): BigInt64Array | string[] {
  let rows = 0;
  for (const length of lengths) rows += length;
  const out = values instanceof BigInt64Array ? new BigInt64Array(rows) : new Array<string>(rows);
  let at = 0;
  for (const [run, length] of lengths.entries()) {
    out.fill(values[run] as never, at, at + length);
    at += length;
  }
  return out;
}
