import { ByteBuffer } from "./byte-buffer.ts";
import type { WrittenChunk, WrittenGroup } from "./footer-encode.ts";

/** Numbers of one chunk: twelve of its own, then the sizes of its bounds, -1 where it has none. */
const FIELDS = 14;

/** Row groups written so far, as numbers: as objects, those of 140,000 neurons would take 40 MB until the footer. */
export class WrittenGroups {
  readonly #columns: number;
  #chunks: Float64Array = new Float64Array(FIELDS * 64);
  readonly #bounds: ByteBuffer = new ByteBuffer();
  readonly #rows: number[] = [];
  readonly #sortedBy: (number | undefined)[] = [];

  constructor(columns: number) {
    this.#columns = columns;
  }

  get length(): number {
    return this.#rows.length;
  }

  add({ rows, chunks, sortedBy }: WrittenGroup): void {
    let at = this.length * this.#columns * FIELDS;
    const end = at + chunks.length * FIELDS;
    if (end > this.#chunks.length) {
      const grown = new Float64Array(Math.max(end, this.#chunks.length * 2));
      grown.set(this.#chunks);
      this.#chunks = grown;
    }
    for (const chunk of chunks) {
      this.#chunks.set(numbersOf(chunk), at);
      if (chunk.min) this.#bounds.append(chunk.min);
      if (chunk.max) this.#bounds.append(chunk.max);
      at += FIELDS;
    }
    this.#rows.push(rows);
    this.#sortedBy.push(sortedBy);
  }

  *[Symbol.iterator](): Generator<WrittenGroup> {
    const bounds = this.#bounds.view();
    let boundsAt = 0;
    const take = (size: number): Uint8Array | undefined => {
      if (size < 0) return undefined;
      boundsAt += size;
      return bounds.subarray(boundsAt - size, boundsAt);
    };
    for (let group = 0; group < this.length; group++) {
      const chunks: WrittenChunk[] = [];
      for (let column = 0; column < this.#columns; column++) {
        const at = (group * this.#columns + column) * FIELDS;
        const numbers = this.#chunks.subarray(at, at + FIELDS);
        const [min, max] = [take(numbers[12] as number), take(numbers[13] as number)];
        chunks.push({ ...chunkOf(numbers), min, max });
      }
      yield { rows: this.#rows[group] as number, chunks, sortedBy: this.#sortedBy[group] };
    }
  }
}

function numbersOf({ min, max, encodings, index, ...chunk }: WrittenChunk): number[] {
  return [
    chunk.offset,
    chunk.dictionarySize,
    chunk.size,
    chunk.rawSize,
    chunk.rows,
    chunk.codec,
    chunk.nulls,
    encodings.reduce((bits, encoding) => bits | (1 << encoding), 0),
    index.columnAt,
    index.columnSize,
    index.offsetAt,
    index.offsetSize,
    min?.length ?? -1,
    max?.length ?? -1,
  ];
}

function chunkOf(numbers: Float64Array): WrittenChunk {
  const at = (index: number): number => numbers[index] as number;
  const encodings: number[] = [];
  for (let encoding = 0; encoding < 32; encoding++)
    if ((at(7) >>> encoding) & 1) encodings.push(encoding);
  return {
    offset: at(0),
    dictionarySize: at(1),
    size: at(2),
    rawSize: at(3),
    rows: at(4),
    codec: at(5),
    nulls: at(6),
    encodings,
    index: { columnAt: at(8), columnSize: at(9), offsetAt: at(10), offsetSize: at(11) },
  };
}
