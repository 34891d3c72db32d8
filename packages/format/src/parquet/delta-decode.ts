import { ByteReader } from "../varint.ts";

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
  if (reader.varint() !== 128 || reader.varint() !== 4 || reader.varint() !== count) {
    throw new RangeError("a delta page of another shape");
  }
  const { view } = reader;
  let value = reader.zigzag() | 0;
  let to = at;
  if (start === 0 && end > 0) {
    target[to] = value;
    to += stride;
  }
  for (let index = 1; index < end; ) {
    const least = reader.zigzag() | 0;
    const widths = reader.at;
    reader.skip(4);
    for (let mini = 0; mini < 4 && index < end; mini++) {
      const width = view.getUint8(widths + mini);
      if (width > 32) throw new RangeError(`a delta of ${width} bits`);
      const stop = Math.min(index + 32, count);
      let word = reader.at;
      reader.skip(width * 4);
      if (width === 0) {
        for (; index < stop; index++) {
          value = (value + least) | 0;
          if (index >= start && index < end) {
            target[to] = value;
            to += stride;
          }
        }
        continue;
      }
      const mask = width === 32 ? -1 : (1 << width) - 1;
      const last = reader.at - 4;
      let current = view.getInt32(word, true);
      let bits = 0;
      if (index >= start && stop <= end) {
        // All of them are wanted, which is the rule: a test less a value makes a third of the time.
        for (; index < stop; index++) {
          let above = current >>> bits;
          bits += width;
          if (bits >= 32) {
            bits -= 32;
            word += 4;
            if (word <= last) current = view.getInt32(word, true);
            if (bits > 0) above |= current << (width - bits);
          }
          value = (value + least + (above & mask)) | 0;
          target[to] = value;
          to += stride;
        }
        continue;
      }
      for (; index < stop; index++) {
        let above = current >>> bits;
        bits += width;
        if (bits >= 32) {
          bits -= 32;
          word += 4;
          if (word <= last) current = view.getInt32(word, true);
          if (bits > 0) above |= current << (width - bits);
        }
        value = (value + least + (above & mask)) | 0;
        if (index >= start && index < end) {
          target[to] = value;
          to += stride;
        }
      }
    }
  }
}
