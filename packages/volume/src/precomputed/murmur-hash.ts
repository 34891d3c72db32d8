/** The low 64 bits of MurmurHash3_x86_128 of an integer's eight little-endian bytes, with seed 0. */
export function murmurHash(value: bigint): bigint {
  const [c1, c2, c3] = [0x239b961b, 0xab0e9789, 0x38b34ae5];
  let h1 = Math.imul(rotate(Math.imul(Number(value & 0xffff_ffffn), c1), 15), c2);
  let h2 = Math.imul(rotate(Math.imul(Number((value >> 32n) & 0xffff_ffffn), c2), 16), c3);
  const length = 8;
  h1 ^= length;
  h2 ^= length;
  let h3 = length;
  let h4 = length;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  [h1, h2, h3, h4] = [mix(h1), mix(h2), mix(h3), mix(h4)];
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  return (BigInt(h2 >>> 0) << 32n) | BigInt(h1 >>> 0);
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function mix(word: number): number {
  let h = word ^ (word >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
