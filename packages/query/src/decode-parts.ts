import type { RowGroup, Schema } from "@pocaduck/format";
import type { Part } from "./group-reads.ts";
import { CloudBuilder } from "./point-cloud.ts";

/** Rows between two parts that are sooner decoded than skipped, which begins the page anew. */
const near = 4096;

/** Decodes `parts` of a row group into their clouds; parts that lie near each other are decoded in one go. */
export function decodeParts(
  schema: Schema,
  group: RowGroup,
  parts: Part[],
  clouds: readonly CloudBuilder[],
): void {
  for (const stretch of stretchesOf(parts)) {
    const [first] = stretch as [Part];
    const start = first.firstRow;
    const end = Math.max(...stretch.map(({ firstRow, rows }) => firstRow + rows));
    const only = stretch.length === 1;
    const decoded = only ? clouds[first.cloud] : new CloudBuilder(schema, end - start);
    decoded?.decode(group, start, end, only ? first.at : 0);
    for (const { cloud, at, firstRow, rows } of stretch) {
      const target = clouds[cloud];
      if (!only && decoded) target?.copy(decoded, firstRow - start, rows, at);
      target?.blocks.add(group, firstRow, firstRow + rows, at);
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
