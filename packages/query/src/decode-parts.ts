import type { RowGroup, Schema } from "@pocaduck/format";
import type { Part } from "./group-reads.ts";
import { CloudBuilder } from "./point-cloud.ts";

/** Rows between two parts that are sooner decoded than skipped, which begins the page anew. */
const near = 4096;

/** Decodes parts of row groups into clouds; parts that lie near each other are decoded in one go. */
export class PartDecoder {
  readonly #schema: Schema;
  readonly #clouds: readonly CloudBuilder[];
  /** Takes the rows of a stretch, before each part of it goes to its cloud. */
  #stretch: CloudBuilder;

  constructor(schema: Schema, clouds: readonly CloudBuilder[]) {
    this.#schema = schema;
    this.#clouds = clouds;
    this.#stretch = new CloudBuilder(schema, 0);
  }

  decode(group: RowGroup, parts: Part[]): void {
    for (const stretch of stretchesOf(parts)) {
      const [first] = stretch as [Part];
      if (stretch.length > 1) this.#spread(group, stretch);
      else {
        const { firstRow, rows, at } = first;
        this.#clouds[first.cloud]?.decode(group, firstRow, firstRow + rows, at);
      }
      for (const { cloud, at, firstRow, rows } of stretch) {
        this.#clouds[cloud]?.blocks.add(group, firstRow, firstRow + rows, at);
      }
    }
  }

  #spread(group: RowGroup, stretch: Part[]): void {
    const start = stretch[0]?.firstRow ?? 0;
    const end = Math.max(...stretch.map(({ firstRow, rows }) => firstRow + rows));
    if (this.#stretch.length < end - start) {
      this.#stretch = new CloudBuilder(this.#schema, group.rows);
    }
    this.#stretch.decode(group, start, end, 0);
    for (const { cloud, at, firstRow, rows } of stretch) {
      this.#clouds[cloud]?.copy(this.#stretch, firstRow - start, rows, at);
    }
  }
}

function stretchesOf(parts: Part[]): Part[][] {
  if (parts.length === 1) return [parts];
  const stretches: Part[][] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const part of parts.sort((a, b) => a.firstRow - b.firstRow)) {
    if (part.firstRow > end + near) stretches.push([]);
    stretches.at(-1)?.push(part);
    end = Math.max(end, part.firstRow + part.rows);
  }
  return stretches;
}
