import { ByteReader } from "../varint.ts";
import { miniLength, unpackMini } from "./delta-unpack.ts";

const minisPerBlock = 4;
const spare = new Int32Array(miniLength);

/**
 * Values `[start, end)` of a DELTA_BINARY_PACKED page of `count` values, to `target[at + i * stride]`.
 * Only blocks of 128 values in four miniblocks, as we write them. Malformed bytes throw a RangeError.
 */
export function decodeDelta(
  bytes: Uint8Array,
  count: number,
  start: number,
  end: number,
  target: Int32Array,
  at: number,
  stride: number,
): void {
  const reader = new ByteReader(bytes);
  const blockLength = reader.varint();
  const shaped = blockLength === miniLength * minisPerBlock && reader.varint() === minisPerBlock;
  if (!shaped || reader.varint() !== count) throw new RangeError("a delta page of another shape");
  const { view } = reader;
  let value = reader.zigzag() | 0;
  if (start === 0 && end > 0) target[at] = value;
  for (let index = 1; index < end; ) {
    const least = reader.zigzag() | 0;
    const widths = reader.at;
    reader.skip(minisPerBlock);
    for (let mini = 0; mini < minisPerBlock && index < end; mini++) {
      const width = view.getUint8(widths + mini);
      if (width > 32) throw new RangeError(`a delta of ${width} bits`);
      const packed = reader.at;
      reader.skip(width * 4);
      const next = index + miniLength;
      if (index >= start && next <= end) {
        const to = at + (index - start) * stride;
        value = unpackMini(view, packed, width, least, value, target, to, stride);
      } else if (next <= start && width === 0) {
        value = (value + least * miniLength) | 0;
      } else {
        value = unpackMini(view, packed, width, least, value, spare, 0, 1);
        for (let i = Math.max(start, index); i < Math.min(end, next); i++) {
          target[at + (i - start) * stride] = spare[i - index] as number;
        }
      }
      index = next;
    }
  }
}
