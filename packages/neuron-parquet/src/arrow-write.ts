import { type Column, type Table, tableFromColumns, tableToIPC } from "@uwdata/flechette";
import { arrowColumn } from "./arrow-column.ts";
import { aList, checkArgument, neuronRule } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import { assertFinite } from "./finite.ts";
import { KeyWriter } from "./key-writer.ts";
import type { Neuron } from "./model.ts";
import type { WriteData } from "./parquet/write-column.ts";
import { entryOf, TablePlan } from "./table-plan.ts";

/** Neurons as one Arrow table, one row a node or point, with the columns and keys of a file of navis. */
export function toArrow(neurons: readonly Neuron[]): Table {
  checkArgument("neurons", neurons, aList);
  for (const neuron of neurons) {
    checkArgument("neurons", neuron, neuronRule);
    assertFinite(neuron);
  }
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
