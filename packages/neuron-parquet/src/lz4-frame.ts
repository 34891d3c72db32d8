const MAGIC = 0x184d2204;
const STORED = 0x80000000;
/** Of the byte of flags. */
const flags = { dictionary: 1, contentSize: 8, blockChecksum: 16 };

/** The text of one LZ4 frame, as Arrow has one a buffer. @throws {RangeError} unless it has `length` bytes. */
export function decodeLz4Frame(bytes: Uint8Array, length: number): Uint8Array {
  // No sequence of LZ4 makes more than 255 bytes of one.
  if (length < 0 || length > bytes.length * 255)
    throw new RangeError(`${bytes.length} bytes of LZ4 claim to hold ${length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError("a buffer is no frame of LZ4");
  const flag = view.getUint8(4);
  let at = 7;
  if (flag & flags.contentSize) at += 8;
  if (flag & flags.dictionary) throw new RangeError("a frame of LZ4 wants a dictionary");
  const out = new Uint8Array(length);
  let filled = 0;
  for (let size = view.getUint32(at, true); size !== 0; size = view.getUint32(at, true)) {
    at += 4;
    const stored = size & (STORED - 1);
    if (at + stored > bytes.length) throw new RangeError("a block of LZ4 is cut off");
    const block = bytes.subarray(at, at + stored);
    if (size >= STORED) {
      out.set(block, filled);
      filled += stored;
    } else filled = decodeBlock(block, out, filled);
    at += stored + (flag & flags.blockChecksum ? 4 : 0);
  }
  if (filled === length) return out;
  throw new RangeError(`a frame of LZ4 has ${filled} bytes of ${length}`);
}

/** Blocks may copy from those before, so all go into one array. Returns where this one ends in it. */
function decodeBlock(block: Uint8Array, out: Uint8Array, start: number): number {
  let [at, to] = [0, start];
  const more = (nibble: number): number => {
    let count = nibble;
    if (nibble < 15) return count;
    for (let byte = 255; byte === 255; at++) {
      byte = block[at] ?? 0;
      count += byte;
    }
    return count;
  };
  while (at < block.length) {
    const token = block[at++] as number;
    const literals = more(token >> 4);
    if (at + literals > block.length) throw new RangeError("a block of LZ4 is cut off");
    out.set(block.subarray(at, at + literals), to);
    at += literals;
    to += literals;
    if (at >= block.length) return to;
    const back = (block[at] as number) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    const count = more(token & 15) + 4;
    if (back === 0 || back > to || to + count > out.length)
      throw new RangeError("a block of LZ4 leads out of its frame");
    // What is copied may overlap what is made of it.
    if (back >= count) out.copyWithin(to, to - back, to - back + count);
    else for (let index = to; index < to + count; index++) out[index] = out[index - back] as number;
    to += count;
  }
  return to;
}
