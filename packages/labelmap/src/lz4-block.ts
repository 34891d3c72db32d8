import { LabelmapError } from "./errors.ts";

/**
 * The bytes of one raw LZ4 block: no frame, no length.
 * @throws {LabelmapError} `corrupt` unless it holds exactly `size` bytes.
 */
export function decodeLz4Block(block: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let from = 0;
  let to = 0;
  const length = (nibble: number): number => {
    let total = nibble;
    for (let more = nibble === 15; more; ) {
      if (from >= block.length) throw corrupt("ends within a length");
      const byte = block[from++] as number;
      total += byte;
      more = byte === 255;
    }
    return total;
  };
  while (from < block.length) {
    const token = block[from++] as number;
    const literals = length(token >> 4);
    if (from + literals > block.length) throw corrupt("ends within its literals");
    if (to + literals > size) throw corrupt(`holds more than ${size} bytes`);
    bytes.set(block.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    if (from === block.length) break;
    if (from + 2 > block.length) throw corrupt("ends within an offset");
    const offset = (block[from] as number) | ((block[from + 1] as number) << 8);
    from += 2;
    const count = length(token & 15) + 4;
    if (offset === 0 || offset > to) throw corrupt(`goes back ${offset} of ${to} bytes`);
    if (to + count > size) throw corrupt(`holds more than ${size} bytes`);
    if (offset >= count) bytes.copyWithin(to, to - offset, to - offset + count);
    else for (let at = to; at < to + count; at++) bytes[at] = bytes[at - offset] as number;
    to += count;
  }
  if (to === size) return bytes;
  throw corrupt(`holds ${to} bytes, expected ${size}`);
}

/** A raw LZ4 block of literals only: valid anywhere, and never smaller than `bytes`. */
export function encodeLz4Block(bytes: Uint8Array): Uint8Array {
  const rest = bytes.length - 15;
  const tail = rest < 0 ? [] : [...new Array<number>(Math.floor(rest / 255)).fill(255), rest % 255];
  const block = new Uint8Array(1 + tail.length + bytes.length);
  block[0] = Math.min(15, bytes.length) << 4;
  block.set(tail, 1);
  block.set(bytes, 1 + tail.length);
  return block;
}

function corrupt(reason: string): LabelmapError {
  return new LabelmapError("corrupt", `LZ4 block ${reason}`);
}
