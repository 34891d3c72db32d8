import type { Column } from "../column-type.ts";
import { crc32 } from "../crc32.ts";
import type { GroupPointer } from "../leaf.ts";
import type { GroupList } from "../records/objects.ts";
import { ChunkEncoder, type ColumnData } from "./chunk-encode.ts";
import { encodeFooter, type GroupMeta } from "./footer.ts";

const magic = new TextEncoder().encode("PAR1");

export interface TableWriterOptions {
  /** Of zstd: 1 by default. */
  level?: number;
}

/** One Parquet file in the profile of `docs/format.md`: bytes in file order, nothing kept but what the footer needs. */
export class TableWriter {
  readonly columns: readonly Column[];
  /** Row groups so far. */
  readonly groups: GroupList = { offset: [], size: [], rows: [], crc: [], codecs: [] };
  /** Bytes so far. */
  size = 0;
  readonly #encoders: ChunkEncoder[];
  readonly #metas: GroupMeta[] = [];

  constructor(columns: readonly Column[], { level = 1 }: TableWriterOptions = {}) {
    this.columns = columns;
    this.#encoders = columns.map((column) => new ChunkEncoder(column, level));
  }

  /** Encodes `rows` rows, given column by column; `data` may be reused after. The first call's parts start the file. */
  writeGroup(
    rows: number,
    data: readonly ColumnData[],
  ): { parts: Uint8Array[]; pointer: GroupPointer } {
    const first = this.size === 0 ? [magic] : [];
    const parts: Uint8Array[] = [];
    const offset = this.size + (first[0]?.length ?? 0);
    const meta: GroupMeta = { offset, size: 0, rows, chunks: [] };
    let codecs = 0;
    for (const [at, encoder] of this.#encoders.entries()) {
      const chunk = encoder.encode(rows, data[at] as ColumnData, parts, meta.size);
      meta.chunks.push(chunk);
      meta.size += chunk.size;
      if (chunk.compressed) codecs += 2 ** at;
    }
    const bounds = boundsOf(rows, data[0] as ColumnData);
    if (bounds) meta.bounds = bounds;
    this.#metas.push(meta);
    const crc = parts.reduce((sum, part) => crc32(part, sum), 0);
    const pointer = { offset, size: meta.size, rows, crc, codecs };
    this.#add(pointer);
    this.size = offset + meta.size;
    return { parts: [...first, ...parts], pointer };
  }

  /** The bytes that end the file. */
  finish(): Uint8Array {
    const footer = encodeFooter(this.columns, this.#metas, "pocaduck");
    if (this.size > 0) {
      this.size += footer.length;
      return footer;
    }
    const whole = new Uint8Array(magic.length + footer.length);
    whole.set(magic);
    whole.set(footer, magic.length);
    this.size = whole.length;
    return whole;
  }

  #add(pointer: GroupPointer): void {
    this.groups.offset.push(pointer.offset);
    this.groups.size.push(pointer.size);
    this.groups.rows.push(pointer.rows);
    this.groups.crc.push(pointer.crc);
    this.groups.codecs.push(pointer.codecs);
  }
}

/** Least and greatest value of a 64-bit first column: readers rest on them, and DuckDB packs values by them. */
function boundsOf(rows: number, data: ColumnData): [Uint8Array, Uint8Array] | undefined {
  const [values, length] =
    data instanceof BigUint64Array
      ? [data, rows]
      : "counts" in data && "values" in data && data.values instanceof BigUint64Array
        ? [data.values, data.length]
        : [undefined, 0];
  if (!values || length === 0) return undefined;
  // As words, low first: a bigint for each of 65,536 rows takes ten times as long.
  const words = new Uint32Array(values.buffer, values.byteOffset, length * 2);
  let [least, greatest] = [0, 0];
  for (let at = 2; at < words.length; at += 2) {
    if (isLess(words, at, least)) least = at;
    else if (isLess(words, greatest, at)) greatest = at;
  }
  const bytes = new Uint8Array(values.buffer, values.byteOffset, length * 8);
  return [bytes.slice(least * 4, least * 4 + 8), bytes.slice(greatest * 4, greatest * 4 + 8)];
}

function isLess(words: Uint32Array, a: number, b: number): boolean {
  const [high, other] = [words[a + 1] as number, words[b + 1] as number];
  return high < other || (high === other && (words[a] as number) < (words[b] as number));
}
