import { ByteBuffer } from "./byte-buffer.ts";
import { HybridEncoder } from "./hybrid-encode.ts";
import { type EncodedPage, RLE_DICTIONARY } from "./page-encode.ts";
import { bigBytes, bounds, compareBytes, uint32 } from "./statistics.ts";
import { isRuns, type Runs, type WriteColumn, type WriteData } from "./write-column.ts";

const encoder = new TextEncoder();

/** Texts of a column as UTF-8, each distinct one once, and the rows as indexes. */
export interface Dictionary {
  readonly plain: Uint8Array;
  readonly items: readonly Uint8Array[];
  /** Whether one item comes before another, both by index. */
  isLess(a: number, b: number): boolean;
  /** Runs of one index. */
  readonly indexes: Int32Array;
  readonly lengths: readonly number[];
}

export function buildDictionary(column: WriteColumn, { values }: WriteData): Dictionary {
  const runs = isRuns(values) ? values : textRuns(values as readonly string[]);
  const seen = new Map<bigint | string, number>();
  const items: Uint8Array[] = [];
  const distinct: (bigint | string)[] = [];
  const indexes = new Int32Array(runs.values.length);
  const isText = Array.isArray(runs.values);
  let size = 0;
  for (let run = 0; run < indexes.length; run++) {
    const value = runs.values[run] as bigint | string;
    let index = seen.get(value);
    if (index === undefined) {
      index = seen.size;
      seen.set(value, index);
      const item = isText ? encoder.encode(value as string) : bigBytes(value as bigint);
      items.push(item);
      distinct.push(value);
      size += item.length + (isText ? 4 : 0);
    }
    indexes[run] = index;
  }
  const out = new ByteBuffer();
  out.reserve(size);
  for (const item of items) {
    if (isText) out.append(uint32(item.length));
    out.append(item);
  }
  const unsigned = column.annotation === "unsigned";
  const number = (index: number): bigint =>
    unsigned ? BigInt.asUintN(64, distinct[index] as bigint) : (distinct[index] as bigint);
  const isLess = isText
    ? (a: number, b: number) => compareBytes(items[a] as Uint8Array, items[b] as Uint8Array) < 0
    : (a: number, b: number) => number(a) < number(b);
  return { plain: out.view(), items, isLess, indexes, lengths: runs.lengths };
}

function textRuns(values: readonly string[]): Runs {
  return { values, lengths: new Array<number>(values.length).fill(1) };
}

/** Walks through a dictionary's runs page by page. */
export class DictionaryCursor {
  readonly #dictionary: Dictionary;
  #run = 0;
  #used = 0;

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /** Encodes the next `rows` rows; dictionary columns hold no nulls. */
  encode(out: ByteBuffer, rows: number): EncodedPage {
    const { indexes, lengths, items, isLess } = this.#dictionary;
    const width = items.length <= 1 ? 1 : 32 - Math.clz32(items.length - 1);
    const hybrid = new HybridEncoder(out, width);
    out.byte(width);
    let min = -1;
    let max = -1;
    for (let left = rows; left > 0; ) {
      const length = Math.min(left, (lengths[this.#run] as number) - this.#used);
      const index = indexes[this.#run] as number;
      hybrid.run(index, length);
      if (min < 0 || isLess(index, min)) min = index;
      if (max < 0 || isLess(max, index)) max = index;
      left -= length;
      this.#used += length;
      if (this.#used === lengths[this.#run]) {
        this.#run++;
        this.#used = 0;
      }
    }
    hybrid.end();
    return { encoding: RLE_DICTIONARY, nulls: 0, ...bounds(items[min], items[max]) };
  }
}
