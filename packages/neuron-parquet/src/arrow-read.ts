import { type Column, type DataType, type Table, tableFromIPC } from "@uwdata/flechette";
import { assertArrow } from "./arrow-check.ts";
import { parquetColumn } from "./arrow-column.ts";
import { readCompressedArrow } from "./arrow-compression.ts";
import { bytesRule, checkArgument } from "./check-options.ts";
import { NeuronError } from "./errors.ts";
import { NAMES_OF_OWN } from "./layout.ts";
import type { Warning } from "./model.ts";
import type { NeuronFile } from "./neuron-file.ts";
import { openFile } from "./open.ts";
import { compressor } from "./parquet/compress.ts";
import { TableWriter } from "./parquet/table-writer.ts";
import type { WriteColumn, WriteData } from "./parquet/write-column.ts";
import { memorySink } from "./sink.ts";

/**
 * Opens an Arrow file or stream of any dialect, compressed or not, which has to fit into memory; `name` stands in errors.
 * @throws {NeuronError} `corrupt`, or `wrong-columns` as `openNeurons` does.
 */
export async function fromArrow(bytes: Uint8Array, name = "(bytes)"): Promise<NeuronFile> {
  checkArgument("bytes", bytes, bytesRule);
  let table: Table;
  try {
    const rows = assertArrow(bytes);
    readCompressedArrow();
    table = tableFromIPC(bytes, { useBigInt: true });
    const lengths = table.schema.fields.map((_, at) => table.getChildAt(at).length);
    if (lengths.some((length) => length !== rows))
      throw new RangeError(`columns of ${lengths.join(", ")} rows where batches claim ${rows}`);
  } catch (cause) {
    throw new NeuronError(
      "corrupt",
      `is no Arrow file: ${reasonOf(cause)}`,
      { file: name },
      { cause },
    );
  }
  const columns: WriteColumn[] = [];
  const data: WriteData[] = [];
  const warnings: Warning[] = [];
  for (const [at, field] of table.schema.fields.entries()) {
    const column = table.getChildAt(at);
    const values = () => valuesOf(column, field.name, name);
    const made = parquetColumn(field.name, field.type, values, column.nullCount > 0);
    if (made) {
      columns.push(made.column);
      data.push(made.data);
      continue;
    }
    const type = typeName(field.type);
    const message = `column "${field.name}" is ${type}`;
    if (NAMES_OF_OWN.has(field.name))
      throw new NeuronError("wrong-columns", message, { file: name });
    warnings.push({ message: `${message}: left out` });
  }
  const sink = memorySink();
  const writer = new TableWriter(
    async (part) => sink.write(part),
    columns,
    compressor("none"),
    65_536,
  );
  if (table.numRows > 0) await writer.group(data, table.numRows);
  await writer.end(table.schema.metadata ?? [], "");
  const parquet = sink.bytes();
  const source = {
    name,
    byteLength: parquet.length,
    slice: (start: number, end: number) => parquet.subarray(start, end),
  };
  return openFile(source, {}, warnings);
}

/** Values are looked up only now, so damage to them shows only now. */
function valuesOf(column: Column<unknown>, what: string, file: string): ArrayLike<unknown> {
  try {
    const values = column.toArray() as ArrayLike<unknown>;
    const isWhole =
      values.length === column.length &&
      (values.length === 0 || values[values.length - 1] !== undefined);
    if (isWhole) return values;
  } catch (cause) {
    throw new NeuronError("corrupt", `column "${what}": ${reasonOf(cause)}`, { file }, { cause });
  }
  throw new NeuronError("corrupt", `column "${what}" has fewer values than rows`, { file });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

const NAMES: { readonly [typeId: number]: string } = {
  1: "NULL",
  3: "FLOAT16",
  4: "BINARY",
  7: "DECIMAL",
  8: "DATE",
  9: "TIME",
  10: "TIMESTAMP",
  11: "INTERVAL",
  12: "a LIST",
  13: "a STRUCT",
  14: "a UNION",
  15: "FIXED_SIZE_BINARY",
  16: "a LIST",
  17: "a MAP",
  18: "DURATION",
  19: "BINARY",
  21: "a LIST",
};

function typeName({ typeId }: DataType): string {
  return NAMES[typeId] ?? `Arrow type ${typeId}`;
}
