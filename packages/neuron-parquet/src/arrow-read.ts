import { type Table, tableFromIPC } from "@uwdata/flechette";
import { NeuronError } from "./errors.ts";
import type { NeuronFile } from "./neuron-file.ts";
import { openNeurons } from "./open.ts";
import { compressor } from "./parquet/compress.ts";
import { TableWriter } from "./parquet/table-writer.ts";
import type { WriteColumn, WriteData } from "./parquet/write-column.ts";
import { memorySink } from "./sink.ts";

/** Opens an Arrow file or stream of any dialect, which has to fit into memory. */
export async function fromArrow(bytes: Uint8Array): Promise<NeuronFile> {
  let table: Table;
  try {
    table = tableFromIPC(bytes, { useBigInt: true });
  } catch (cause) {
    throw new NeuronError("corrupt", "is no Arrow file", {}, { cause });
  }
  const columns: WriteColumn[] = [];
  const data: WriteData[] = [];
  for (const [at, field] of table.schema.fields.entries()) {
    const column = table.getChildAt(at);
    const made = parquetColumn(
      field.name,
      column.toArray() as ArrayLike<unknown>,
      column.nullCount > 0,
    );
    columns.push(made.column);
    data.push(made.data);
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
  return openNeurons(sink.bytes());
}

/** What Arrow holds, as a Parquet column of the same type. */
function parquetColumn(
  name: string,
  values: ArrayLike<unknown>,
  hasNulls: boolean,
): { column: WriteColumn; data: WriteData } {
  const plain = { name, encoding: "plain" as const, optional: hasNulls };
  const nulls = hasNulls
    ? Uint8Array.from(values, (value) => (value === null || value === undefined ? 1 : 0))
    : undefined;
  if (values instanceof Float32Array)
    return { column: { ...plain, type: "FLOAT" }, data: { values, nulls } };
  if (values instanceof Float64Array)
    return { column: { ...plain, type: "DOUBLE" }, data: { values, nulls } };
  if (values instanceof BigInt64Array)
    return { column: { ...plain, type: "INT64" }, data: { values, nulls } };
  if (values instanceof BigUint64Array) {
    const signed = new BigInt64Array(values.buffer, values.byteOffset, values.length);
    return {
      column: { ...plain, type: "INT64", annotation: "unsigned" },
      data: { values: signed, nulls },
    };
  }
  if (ArrayBuffer.isView(values))
    return {
      column: { ...plain, type: "INT32" },
      data: { values: Int32Array.from(values as unknown as ArrayLike<number>), nulls },
    };
  const [sample] = Array.from({ length: values.length }, (_, row) => values[row]).filter(
    (value) => value !== null && value !== undefined,
  );
  switch (typeof sample) {
    case "bigint": {
      const column = {
        ...plain,
        type: "INT64" as const,
        ...(hasBig(values) ? { annotation: "unsigned" as const } : {}),
      };
      return {
        column,
        data: {
          values: BigInt64Array.from(values as ArrayLike<bigint>, (value) =>
            BigInt.asIntN(64, value ?? 0n),
          ),
          nulls,
        },
      };
    }
    case "number":
      return {
        column: { ...plain, type: "DOUBLE" },
        data: {
          values: Float64Array.from(values as ArrayLike<number>, (value) => value ?? Number.NaN),
          nulls,
        },
      };
    case "boolean":
      return {
        column: { ...plain, type: "BOOLEAN" },
        data: {
          values: Uint8Array.from(values as ArrayLike<boolean>, (value) => (value ? 1 : 0)),
          nulls,
        },
      };
    default:
      return {
        column: { ...plain, type: "BYTE_ARRAY", annotation: "text" },
        data: { values: Array.from(values, (value) => String(value ?? "")), nulls },
      };
  }
}

function hasBig(values: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++)
    if (typeof values[row] === "bigint" && (values[row] as bigint) >= 2n ** 63n) return true;
  return false;
}
