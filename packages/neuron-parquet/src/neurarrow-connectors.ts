import { parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ConnectorTable } from "./connector-table.ts";
import { NeuronError } from "./errors.ts";
import { extraColumns, type Layout, type LeftOutColumn } from "./layout.ts";
import type { Connectors, NeuronId, NodeId } from "./model.ts";
import type { NeuronTable } from "./neuron-table.ts";
import { type Footer, typeName } from "./parquet/footer.ts";
import type { Reader } from "./source.ts";

interface Row {
  readonly connectorId: bigint;
  readonly node: bigint;
  readonly type: "pre" | "post";
  readonly place: readonly [number, number, number];
}

const KNOWN: ReadonlySet<string> = new Set(
  "connector_id x y z src_sample_ids tgt_sample_ids attr:connector_id".split(" "),
);

/** neurarrow's connectors name samples, not neurons: they are read whole, once, and sorted out by sample. */
export class NeurarrowConnectors implements ConnectorTable {
  readonly #reader: Reader;
  readonly #main: NeuronTable;
  readonly #layout: Layout;
  readonly leftOut: readonly LeftOutColumn[];
  #rows: Promise<Map<NeuronId, Row[]>> | undefined;

  constructor(reader: Reader, { columns }: Footer, main: NeuronTable, layout: Layout) {
    this.#reader = reader;
    this.#main = main;
    this.#layout = layout;
    const others = columns.filter(({ name, nested }) => !KNOWN.has(nested?.column ?? name));
    const { extras, leftOut } = extraColumns(others);
    this.leftOut = [...extras.map((one) => ({ name: one.name, type: typeName(one) })), ...leftOut];
  }

  async read(stored: NeuronId): Promise<Connectors> {
    this.#rows ??= this.#load();
    const rows = (await this.#rows).get(stored) ?? [];
    return {
      connectorId: narrow(rows.map((row) => row.connectorId)),
      nodeId: narrow(rows.map((row) => row.node)),
      type: rows.map((row) => row.type),
      x: Float64Array.from(rows, (row) => row.place[0]),
      y: Float64Array.from(rows, (row) => row.place[1]),
      z: Float64Array.from(rows, (row) => row.place[2]),
    };
  }

  /** None: a sample that no neuron has is an error. */
  async strangers(): Promise<[]> {
    return [];
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  async #load(): Promise<Map<NeuronId, Row[]>> {
    const samples = await this.#samples();
    const { size } = this.#reader;
    const file = {
      byteLength: size,
      slice: async (start: number, end: number = size): Promise<ArrayBuffer> =>
        (await this.#reader.read(start, end)).slice().buffer as ArrayBuffer,
    };
    const objects = await parquetReadObjects({ file, compressors });
    const rows = new Map<NeuronId, Row[]>();
    for (const object of objects) {
      const connectorId = BigInt((object["attr:connector_id"] ?? object.connector_id) as bigint);
      const place = [Number(object.x), Number(object.y), Number(object.z)] as const;
      for (const [list, type] of [
        ["src_sample_ids", "pre"],
        ["tgt_sample_ids", "post"],
      ] as const) {
        for (const sample of (object[list] ?? []) as bigint[]) {
          const found = samples.get(BigInt(sample));
          if (!found)
            throw new NeuronError(
              "invalid-input",
              `connector ${connectorId} names sample ${sample}, which no neuron has`,
              { file: this.#reader.name },
            );
          const own = rows.get(found.neuron) ?? [];
          own.push({ connectorId, node: BigInt(found.node), type, place });
          rows.set(found.neuron, own);
        }
      }
    }
    return rows;
  }

  async #samples(): Promise<Map<bigint, { neuron: NeuronId; node: NodeId }>> {
    const { nodeId, originalNodeId } = this.#layout;
    const samples = new Map<bigint, { neuron: NeuronId; node: NodeId }>();
    if (!nodeId) return samples;
    for (const [neuron, ranges] of await this.#main.rows()) {
      for (let at = 0; at < ranges.length; at += 2) {
        const wanted = originalNodeId ? [nodeId, originalNodeId] : [nodeId];
        for (const [ids, originals] of await this.#main.read(
          wanted,
          ranges[at] as number,
          ranges[at + 1] as number,
        )) {
          ids?.values.forEach((value: string | number | bigint, row: number) => {
            const sample = BigInt.asUintN(64, BigInt(value));
            samples.set(sample, { neuron, node: BigInt(originals?.values[row] ?? sample) });
          });
        }
      }
    }
    return samples;
  }
}

function narrow(values: readonly bigint[]): Int32Array | BigInt64Array {
  const fits = values.every((value) => value === BigInt.asIntN(32, value));
  return fits ? Int32Array.from(values, Number) : BigInt64Array.from(values);
}
