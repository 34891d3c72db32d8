import type { ByteBuffer } from "./byte-buffer.ts";
import { encodeDelta32, encodeDelta64 } from "./delta-encode.ts";
import { HybridEncoder } from "./hybrid-encode.ts";
import { type Bounds, minMax, uint32 } from "./statistics.ts";
import { isRuns, type Runs, type WriteColumn, type WriteData } from "./write-column.ts";

export const PLAIN = 0;
export const RLE = 3;
const DELTA_BINARY_PACKED = 5;
export const RLE_DICTIONARY = 8;

/** What a page holds beside its bytes. */
export interface EncodedPage extends Bounds {
  readonly encoding: number;
  readonly nulls: number;
}

const encoder = new TextEncoder();

/** Encodes rows `[from, to)` of a column without dictionary, levels first, into `out`. */
export function encodePage(
  out: ByteBuffer,
  column: WriteColumn,
  { values, nulls }: WriteData,
  from: number,
  to: number,
): EncodedPage {
  if (isRuns(values))
    throw new TypeError(`Expected column "${column.name}" to have encoding dictionary`);
  let present = values;
  let missing = 0;
  let start = from;
  let end = to;
  if (column.optional) {
    const defined = definedRows(values, nulls, from, to);
    missing = to - from - defined.count;
    writeLevels(out, defined.flags, to - from);
    if (missing > 0) {
      present = compact(values, defined.flags, from, defined.count);
      start = 0;
      end = defined.count;
    }
  }
  const encoding = encodeValues(out, column, present, start, end);
  return { encoding, nulls: missing, ...minMax(column, present, start, end) };
}

function definedRows(
  values: Exclude<WriteData["values"], Runs>,
  nulls: Uint8Array | undefined,
  from: number,
  to: number,
): { flags: Uint8Array | undefined; count: number } {
  const isFloat = values instanceof Float32Array || values instanceof Float64Array;
  let count = to - from;
  let flags: Uint8Array | undefined;
  for (let row = from; row < to; row++) {
    const isNull = nulls?.[row] === 1 || (isFloat && Number.isNaN(values[row]));
    if (!isNull) continue;
    flags ??= new Uint8Array(to - from).fill(1);
    flags[row - from] = 0;
    count--;
  }
  return { flags, count };
}

function writeLevels(out: ByteBuffer, flags: Uint8Array | undefined, rows: number): void {
  const at = out.length;
  out.append(uint32(0));
  const hybrid = new HybridEncoder(out, 1);
  if (!flags) hybrid.run(1, rows);
  else {
    let start = 0;
    for (let row = 1; row <= rows; row++) {
      if (row < rows && flags[row] === flags[start]) continue;
      hybrid.run(flags[start] as number, row - start);
      start = row;
    }
  }
  hybrid.end();
  out.bytes.set(uint32(out.length - at - 4), at);
}

function compact(
  values: Exclude<WriteData["values"], Runs>,
  flags: Uint8Array | undefined,
  from: number,
  count: number,
): Exclude<WriteData["values"], Runs> {
  const out = Array.isArray(values)
    ? new Array<string>(count)
    : new (values.constructor as new (length: number) => Float64Array)(count);
  let at = 0;
  for (const [row, flag] of flags?.entries() ?? []) {
    if (flag === 1) out[at++] = values[from + row] as never;
  }
  return out;
}

function encodeValues(
  out: ByteBuffer,
  column: WriteColumn,
  values: Exclude<WriteData["values"], Runs>,
  from: number,
  to: number,
): number {
  if (column.encoding === "delta" && values instanceof Int32Array) {
    encodeDelta32(out, values, from, to);
    return DELTA_BINARY_PACKED;
  }
  if (column.encoding === "delta" && values instanceof BigInt64Array) {
    const { length } = out;
    if (encodeDelta64(out, values, from, to)) return DELTA_BINARY_PACKED;
    out.length = length;
  }
  if (Array.isArray(values)) {
    for (let row = from; row < to; row++) {
      const text = encoder.encode(values[row] as string);
      out.append(uint32(text.length));
      out.append(text);
    }
  } else if (column.type === "BOOLEAN") {
    for (let row = from; row < to; row += 8) {
      let byte = 0;
      for (let bit = 0; bit < 8 && row + bit < to; bit++)
        byte |= (values[row + bit] ? 1 : 0) << bit;
      out.byte(byte);
    }
  } else {
    const cut = (values as Float32Array).subarray(from, to);
    out.append(new Uint8Array(cut.buffer, cut.byteOffset, cut.byteLength));
  }
  return PLAIN;
}
