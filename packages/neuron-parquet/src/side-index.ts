import { inflate } from "./archive/inflate.ts";
import { NeuronError } from "./errors.ts";
import type { NeuronId } from "./model.ts";
import { NeuronRows, type RowRanges } from "./neuron-rows.ts";
import type { NeuronTable } from "./neuron-table.ts";
import { nodeModule } from "./node-module.ts";
import type { Column } from "./parquet/footer.ts";
import type { PageTable } from "./parquet/page-table.ts";

interface Stored {
  version: 1;
  /** Bytes and rows of the file it belongs to: another file of the same name is refused. */
  size: number;
  rows: number;
  /** Ids as text, `n` before integers, with their row ranges. */
  /** The third is the first node id, where the ids count up by one from there. */
  neurons: [id: string, ranges: number[], first?: number][];
  groups: { [column: string]: StoredTable }[];
}

interface StoredTable {
  dictionarySize: number;
  next: number;
  offsets: number[];
  sizes: number[];
  firstRows: number[];
  rows: number;
}

const MAX_BYTES = 2 ** 29;

/** Where the neurons and pages of a foreign file lie, so that a later visit need not find them out again; gzipped JSON. */
export async function encodeSideIndex(
  table: NeuronTable,
  columns: readonly Column[],
  size: number,
  nodeColumn: Column | undefined,
): Promise<Uint8Array> {
  const neurons: Stored["neurons"] = [];
  for (const [id, ranges] of await table.rows()) {
    const first = nodeColumn && (await firstOfSequence(table, nodeColumn, ranges));
    neurons.push(
      first === undefined ? [idText(id), [...ranges]] : [idText(id), [...ranges], first],
    );
  }
  const groups: Stored["groups"] = [];
  for (let at = 0; at < table.footer.groups.length; at++) {
    const group = table.group(at);
    const tables = group.group.rows === 0 ? [] : await group.pageTables(columns);
    groups.push(
      Object.fromEntries(tables.map((one, column) => [(columns[column] as Column).name, one])),
    );
  }
  const stored: Stored = { version: 1, size, rows: table.footer.rows, neurons, groups };
  const bytes = new TextEncoder().encode(JSON.stringify(stored));
  const zlib = nodeModule("node:zlib");
  if (zlib) return zlib.gzipSync(bytes);
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** @throws {NeuronError} `invalid-input` when the index is of another file. */
export async function useSideIndex(
  table: NeuronTable,
  bytes: Uint8Array,
  size: number,
): Promise<void> {
  let stored: Stored;
  try {
    stored = JSON.parse(
      new TextDecoder().decode(await inflate(bytes, "gzip", MAX_BYTES)),
    ) as Stored;
  } catch (cause) {
    throw new NeuronError("invalid-input", "the side index is broken", {}, { cause });
  }
  if (stored.version !== 1 || stored.size !== size || stored.rows !== table.footer.rows) {
    throw new NeuronError("invalid-input", "the side index is of another file: make it anew");
  }
  const rows = new NeuronRows(table.idColumn);
  const sequences = new Map<NeuronId, number>();
  for (const [text, ranges, first] of stored.neurons) {
    if (ranges.some((row, at) => !(row >= (ranges[at - 1] ?? 0) && row <= stored.rows))) {
      throw new NeuronError("invalid-input", "the side index points outside the file");
    }
    const id = idOf(text);
    for (let at = 0; at < ranges.length; at += 2)
      rows.add(id, ranges[at] as number, ranges[at + 1] as number);
    if (first !== undefined) sequences.set(id, first);
  }
  table.setRows(rows, sequences);
  for (let at = 0; at < table.footer.groups.length; at++) {
    const group = table.group(at);
    for (const column of table.footer.columns) {
      const page: PageTable | undefined = stored.groups[at]?.[column.name];
      const chunk = group.group.chunks[column.index];
      const end = chunk && chunk.offset + chunk.size;
      const fits = page?.offsets.every(
        (offset, index) =>
          offset >= (chunk?.offset ?? 0) && offset + (page.sizes[index] ?? 0) <= (end ?? 0),
      );
      if (page && fits) group.setPageTable(column, page);
    }
  }
}

function idText(id: NeuronId): string {
  return typeof id === "bigint" ? `n${id}` : typeof id === "number" ? `f${id}` : `s${id}`;
}

function idOf(text: string): NeuronId {
  const rest = text.slice(1);
  return text.startsWith("n") ? BigInt(rest) : text.startsWith("f") ? Number(rest) : rest;
}

/** The first node id of rows whose ids count up by one, which then need not be read again. */
async function firstOfSequence(
  table: NeuronTable,
  column: Column,
  ranges: RowRanges,
): Promise<number | undefined> {
  if (ranges.length !== 2 || column.type !== "INT32" || column.annotation === "unsigned")
    return undefined;
  let next: number | undefined;
  let first: number | undefined;
  for (const [piece] of await table.read([column], ranges[0] as number, ranges[1] as number)) {
    if (!piece || piece.nulls) return undefined;
    for (const value of piece.values as Int32Array) {
      if (next !== undefined && value !== next) return undefined;
      first ??= value;
      next = value + 1;
    }
  }
  return first;
}
