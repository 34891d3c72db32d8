const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function mix(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The low 64 bits of MurmurHash3_x86_128 of eight little-endian bytes, seed 0. */
export function murmur64(key: bigint): bigint {
  const low = Number(key & 0xffffffffn) | 0;
  const high = Number((key >> 32n) & 0xffffffffn) | 0;
  let h2 = Math.imul(rotate(Math.imul(high, C2), 16), C3);
  let h1 = Math.imul(rotate(Math.imul(low, C1), 15), C2);
  let h3 = 8;
  let h4 = 8;
  h1 ^= 8;
  h2 ^= 8;
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  h3 = (h3 + h1) | 0;
  h4 = (h4 + h1) | 0;
  [h1, h2, h3, h4] = [mix(h1), mix(h2), mix(h3), mix(h4)];
  h1 = (h1 + h2 + h3 + h4) | 0;
  h2 = (h2 + h1) | 0;
  return (BigInt(h2 >>> 0) << 32n) | BigInt(h1 >>> 0);
}
