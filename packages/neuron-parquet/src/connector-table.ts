import { alike, attribute, coordinates, join, nodeIds, type Piece } from "./assemble.ts";
import { NeuronError, placed } from "./errors.ts";
import {
  ANY_ID,
  extraColumns,
  findColumn,
  INTEGERS,
  type LeftOutColumn,
  NUMBERS,
} from "./layout.ts";
import type { Connectors, NeuronId } from "./model.ts";
import { NeuronTable } from "./neuron-table.ts";
import type { Column, Footer } from "./parquet/footer.ts";
import { allocate } from "./parquet/values-decode.ts";
import type { Reader } from "./source.ts";

/** Synapses that lie beside the neurons. */
export interface ConnectorTable {
  /** Columns that cannot be read. */
  readonly leftOut: readonly LeftOutColumn[];
  /** `stored` as the main file's id column holds it, `key` as metadata keys spell it. */
  read(stored: NeuronId, key: string): Promise<Connectors>;
  /** Neurons beside those of the main file, by key, and how many connectors each has. */
  strangers(known: ReadonlySet<string>): Promise<[NeuronId, number][]>;
  close(): Promise<void>;
}

const REQUIRED = 6;

/** The sidecar of navis 2, and the second table of the zip. */
export class SidecarConnectors implements ConnectorTable {
  readonly #reader: Reader;
  readonly #table: NeuronTable;
  readonly #columns: readonly Column[];
  readonly leftOut: readonly LeftOutColumn[];

  constructor(reader: Reader, footer: Footer) {
    this.#reader = reader;
    const find = findColumn(footer.columns);
    const ids = [find(INTEGERS, "connector_id"), find(INTEGERS, "node_id")];
    const type = find([...INTEGERS, "BYTE_ARRAY"], "type");
    const place = ["x", "y", "z"].map((name) => find(NUMBERS, name));
    const neuron = find(ANY_ID, "neuron");
    const required = [...ids, type, ...place];
    const { extras, leftOut } = extraColumns(
      footer.columns.filter((column) => column !== neuron && !required.includes(column)),
    );
    this.leftOut = leftOut;
    this.#columns = [...required, ...extras];
    this.#table = new NeuronTable(reader, footer, neuron);
  }

  async read(stored: NeuronId, key: string): Promise<Connectors> {
    try {
      // The two files may differ in type: 7 here, "7" there.
      const isText = this.#table.idColumn?.type === "BYTE_ARRAY";
      const id = isText
        ? key
        : typeof stored === "string" && /^-?\d+$/.test(key)
          ? BigInt(key)
          : stored;
      const rows = (await this.#table.rowsOf(id)) ?? [];
      const parts: Piece[][] = this.#columns.map(() => []);
      for (let at = 0; at < rows.length; at += 2) {
        const groups = await this.#table.read(
          this.#columns,
          rows[at] as number,
          rows[at + 1] as number,
        );
        for (const group of groups)
          for (const [column, piece] of group.entries()) parts[column]?.push(piece);
      }
      return this.#build(
        this.#columns.map((column, index) => {
          const pieces = parts[index] ?? [];
          return pieces.length === 0 ? { values: allocate(column, 0) } : join(pieces);
        }),
      );
    } catch (error) {
      throw placed(error, { file: this.#reader.name, neuron: key });
    }
  }

  async strangers(known: ReadonlySet<string>): Promise<[NeuronId, number][]> {
    const out: [NeuronId, number][] = [];
    for (const [id, ranges] of await this.#table.rows()) {
      if (known.has(String(id))) continue;
      let count = 0;
      for (let at = 0; at < ranges.length; at += 2)
        count += (ranges[at + 1] as number) - (ranges[at] as number);
      out.push([id, count]);
    }
    return out;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }

  #build(pieces: readonly Piece[]): Connectors {
    const column = (index: number): Column => this.#columns[index] as Column;
    const piece = (index: number): Piece => pieces[index] as Piece;
    const ids = nodeIds(column(0), piece(0), false);
    const nodes = nodeIds(column(1), piece(1), true);
    const extras = this.#columns.slice(REQUIRED);
    const { values: types, nulls: untyped } = piece(2);
    if (untyped)
      throw new NeuronError("invalid-neuron", 'column "type" holds null', {
        row: untyped.indexOf(1),
      });
    return {
      connectorId: ids,
      nodeId: alike(nodes, nodes)[0],
      type: Array.isArray(types) ? types : (nodeIds(column(2), piece(2), false) as Int32Array),
      x: coordinates(column(3), piece(3)),
      y: coordinates(column(4), piece(4)),
      z: coordinates(column(5), piece(5)),
      ...(extras.length === 0
        ? {}
        : {
            attributes: Object.fromEntries(
              extras.map((extra, index) => [extra.name, attribute(extra, piece(index + REQUIRED))]),
            ),
          }),
    };
  }
}
