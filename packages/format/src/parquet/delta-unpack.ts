/** Values of a miniblock of DELTA_BINARY_PACKED, as we write them. */
export const miniLength = 32;

/**
 * The values of the miniblock of `width` bits a delta at byte `at`, to `target[to + i * stride]`; returns the last. The
 * deltas are `least` and what is packed, on top of `before`. Reads within the miniblock only.
 *
 * Four values are taken out of one load where they fit into it together with the bits before them, or two: a load and a
 * branch for each value take twice the time. The `| 0` tell the engine that all of it is 32-bit arithmetic.
 */
export function unpackMini(
  view: DataView,
  at: number,
  width: number,
  least: number,
  before: number,
  target: Int32Array,
  to: number,
  stride: number,
): number {
  if (width === 0) return fillMini(least, before, target, to, stride);
  if (width <= 8) return unpackFours(view, at, width, least, before, target, to, stride);
  if (width <= 14) return unpackTwos(view, at, width, least, before, target, to, stride);
  return unpackOnes(view, at, width, least, before, target, to, stride);
}

function fillMini(
  least: number,
  before: number,
  target: Int32Array,
  to: number,
  stride: number,
): number {
  const base = least | 0;
  let value = before | 0;
  let place = to | 0;
  for (let i = 0; i < miniLength; i++) {
    value = (value + base) | 0;
    target[place] = value;
    place = (place + stride) | 0;
  }
  return value;
}

function unpackFours(
  view: DataView,
  at: number,
  width: number,
  least: number,
  before: number,
  target: Int32Array,
  to: number,
  stride: number,
): number {
  const mask = (1 << width) - 1;
  const lastWord = width * 4 - 4;
  const base = least | 0;
  let value = before | 0;
  let place = to | 0;
  for (let i = 0; i < miniLength; i += 4) {
    const bit = i * width;
    const byte = Math.min(bit >> 3, lastWord);
    const word = view.getInt32(at + byte, true) >>> (bit - byte * 8);
    const first = (value + base + (word & mask)) | 0;
    const second = (first + base + ((word >>> width) & mask)) | 0;
    const third = (second + base + ((word >>> (2 * width)) & mask)) | 0;
    value = (third + base + ((word >>> (3 * width)) & mask)) | 0;
    target[place] = first;
    place = (place + stride) | 0;
    target[place] = second;
    place = (place + stride) | 0;
    target[place] = third;
    place = (place + stride) | 0;
    target[place] = value;
    place = (place + stride) | 0;
  }
  return value;
}

function unpackTwos(
  view: DataView,
  at: number,
  width: number,
  least: number,
  before: number,
  target: Int32Array,
  to: number,
  stride: number,
): number {
  const mask = (1 << width) - 1;
  const lastWord = width * 4 - 4;
  const base = least | 0;
  let value = before | 0;
  let place = to | 0;
  for (let i = 0; i < miniLength; i += 2) {
    const bit = i * width;
    const byte = Math.min(bit >> 3, lastWord);
    const word = view.getInt32(at + byte, true) >>> (bit - byte * 8);
    const first = (value + base + (word & mask)) | 0;
    value = (first + base + ((word >>> width) & mask)) | 0;
    target[place] = first;
    place = (place + stride) | 0;
    target[place] = value;
    place = (place + stride) | 0;
  }
  return value;
}

function unpackOnes(
  view: DataView,
  at: number,
  width: number,
  least: number,
  before: number,
  target: Int32Array,
  to: number,
  stride: number,
): number {
  const mask = (-1 >>> (32 - width)) | 0;
  const lastWord = width * 4 - 4;
  const base = least | 0;
  let value = before | 0;
  let place = to | 0;
  for (let i = 0; i < miniLength; i++) {
    const bit = i * width;
    const byte = (bit >> 5) * 4;
    const shift = bit & 31;
    // Without a branch on whether it goes on in the next word; shifted in two steps, since 32 would count as none.
    const next = view.getInt32(at + Math.min(byte + 4, lastWord), true);
    const word = (view.getInt32(at + byte, true) >>> shift) | ((next << 1) << (31 - shift));
    value = (value + base + (word & mask)) | 0;
    target[place] = value;
    place = (place + stride) | 0;
  }
  return value;
}
