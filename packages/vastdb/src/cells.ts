/** Both known clients assume 128 KiB; no figure is published, so this leaves a margin. */
export const defaultCellSize: number = 126 * 1024;

type Values = Uint8Array | BigUint64Array;

/**
 * Cuts one value into the cells of `columns` columns: full ones first, then what is left, then empty ones. Empty,
 * not null, so that plain concatenation gives the value back with every tool's defaults. Cells are views.
 * Returns nothing when the value does not fit.
 */
export function splitIntoCells<T extends Values>(
  value: T,
  columns: number,
  cellSize: number = defaultCellSize,
): T[] | undefined {
  if (!Number.isInteger(columns) || columns < 1) {
    throw new RangeError(`Expected \`columns\` to be an integer from 1, got ${columns}`);
  }
  const perCell = Math.floor(cellSize / value.BYTES_PER_ELEMENT);
  if (value.length > columns * perCell) return undefined;
  return Array.from(
    { length: columns },
    (_, column) => value.subarray(column * perCell, (column + 1) * perCell) as T,
  );
}

/** One value from its cells; a null one counts as empty. */
export function joinCells(cells: readonly (Uint8Array | null)[]): Uint8Array {
  const size = cells.reduce((sum, cell) => sum + (cell?.byteLength ?? 0), 0);
  const value = new Uint8Array(size);
  let at = 0;
  for (const cell of cells) {
    if (!cell) continue;
    value.set(cell, at);
    at += cell.byteLength;
  }
  return value;
}
