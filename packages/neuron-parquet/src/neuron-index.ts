import { NeuronError } from "./errors.ts";
import { idsOf } from "./id-index.ts";
import type { KeyWriter } from "./key-writer.ts";
import type { NeuronId } from "./model.ts";
import { NeuronRows } from "./neuron-rows.ts";
import { idReader } from "./neuron-table.ts";
import { bestCodec, compressor } from "./parquet/compress.ts";
import type { Footer } from "./parquet/footer.ts";
import { readFooter } from "./parquet/footer-read.ts";
import { GroupReader } from "./parquet/group-reader.ts";
import { TableWriter } from "./parquet/table-writer.ts";
import type { WriteColumn, WriteData } from "./parquet/write-column.ts";
import { memorySink } from "./sink.ts";
import type { Reader } from "./source.ts";
import type { MetadataTable } from "./table-keys.ts";
import { idKindOf } from "./table-plan.ts";

/** The footer key that tells where the index lies, as `offset,size` in bytes; `,metadata` follows when it holds them. */
export const INDEX_KEY = "_neuron-parquet:neurons";

const WRITER = "@pocaduck/neuron-parquet";

interface Place {
  readonly id: NeuronId;
  readonly start: number;
  readonly rows: number;
}

const PAGE_ROWS = 65_536;

/**
 * A small Parquet file that stands inside the file of neurons, before the page indexes: which rows each neuron has, and with
 * `withMetadata` what the footer's keys would say of it. Readers of Parquet step over it.
 */
export async function encodeNeuronIndex(
  places: readonly Place[],
  keys: KeyWriter,
  withMetadata: boolean,
): Promise<Uint8Array> {
  const all = withMetadata ? withEmpty(places, keys) : places;
  const idKind = idKindOf(all);
  const columns: WriteColumn[] = [
    {
      name: "neuron",
      type: idKind === "text" ? "BYTE_ARRAY" : "INT64",
      encoding: idKind === "text" ? "plain" : "delta",
      ...(idKind === "text" ? { annotation: "text" } : {}),
      ...(idKind === "uint64" ? { annotation: "unsigned" } : {}),
    },
    { name: "start", type: "INT64", encoding: "delta" },
    { name: "rows", type: "INT32", encoding: "delta" },
  ];
  const starts = new BigInt64Array(all.length);
  const counts = new Int32Array(all.length);
  const ids = new BigInt64Array(idKind === "text" ? 0 : all.length);
  for (const [at, { id, start, rows }] of all.entries()) {
    starts[at] = BigInt(start);
    counts[at] = rows;
    if (idKind !== "text") ids[at] = BigInt.asIntN(64, id as bigint);
  }
  const data: WriteData[] = [
    { values: idKind === "text" ? all.map(({ id }) => id as string) : ids },
    { values: starts },
    { values: counts },
  ];
  if (withMetadata) {
    columns.push({ name: "metadata", type: "BYTE_ARRAY", encoding: "plain", annotation: "text" });
    data.push({ values: [...keys.bare()].map((pairs) => JSON.stringify(pairs)) });
  }
  const sink = memorySink();
  const writer = new TableWriter(
    async (bytes) => sink.write(bytes),
    columns,
    compressor(bestCodec()),
    PAGE_ROWS,
  );
  if (all.length > 0) await writer.group(data, all.length);
  await writer.end([], "");
  return sink.bytes();
}

/** Every neuron that has metadata, those without rows too. */
function withEmpty(places: readonly Place[], keys: KeyWriter): Place[] {
  const placed = new Map(places.map((place) => [place.id, place]));
  return keys.neurons.map(({ id }) => placed.get(id) ?? { id, start: 0, rows: 0 });
}

export interface NeuronIndex {
  readonly rows: NeuronRows;
  /** Footer keys of every neuron, by bare property name, when the file keeps them here. */
  readonly metadata?: MetadataTable | undefined;
}

/** Whether the footer tells of an index, and of one that the same program wrote: a copy by another has other offsets. */
export function indexPlace(
  footer: Footer,
  value: string | undefined,
): { offset: number; size: number; hasMetadata: boolean } | undefined {
  if (value === undefined || !footer.createdBy.startsWith(WRITER)) return undefined;
  const [, offset, size, metadata] = /^(\d+),(\d+)(,metadata)?$/.exec(value) ?? [];
  return offset === undefined
    ? undefined
    : { offset: Number(offset), size: Number(size), hasMetadata: metadata !== undefined };
}

/** @throws {NeuronError} `corrupt` when the index does not fit the table. */
export async function readNeuronIndex(
  reader: Reader,
  place: { offset: number; size: number },
  rowsOfTable: number,
): Promise<NeuronIndex> {
  const bytes = await reader.read(place.offset, place.offset + place.size);
  const inner: Reader = {
    ...reader,
    size: bytes.length,
    gap: 0,
    read: async (start, end) => bytes.subarray(start, end),
  };
  const footer = await readFooter(inner, bytes.length);
  const [neuron, start, count, text] = footer.columns;
  if (!neuron || !start || !count)
    throw new NeuronError("corrupt", "its neuron index lacks columns");
  const idOf = idReader(neuron);
  const rows = new NeuronRows(neuron);
  const named = idsOf(neuron);
  const allTexts: string[] = [];
  let total = 0;
  for (let at = 0; at < footer.groups.length; at++) {
    const group = footer.groups.get(at);
    const data = await new GroupReader(inner, group).read(
      text ? [neuron, start, count, text] : [neuron, start, count],
      0,
      group.rows,
    );
    const [ids, starts, counts, texts] = data.map(({ values }) => values);
    for (let row = 0; row < group.rows; row++) {
      const id = idOf(ids?.[row] ?? 0n);
      const from = Number(starts?.[row]);
      const length = Number(counts?.[row]);
      if (length > 0) rows.add(id, from, from + length);
      total += length;
      if (texts) allTexts[named.add(id)] = String(texts[row]);
    }
  }
  if (total !== rowsOfTable)
    throw new NeuronError(
      "corrupt",
      `its neuron index has ${total} rows, the table ${rowsOfTable}`,
    );
  return { rows, metadata: text && { ids: named, texts: allTexts } };
}
