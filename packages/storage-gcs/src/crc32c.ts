/** CRC-32C (Castagnoli) of `bytes` after others whose CRC-32C was `before`; `node:zlib` does not have it. */
export function crc32c(bytes: Uint8Array, before = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let crc = ~before;
  let at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      shifted(7, low) ^
      shifted(6, low >>> 8) ^
      shifted(5, low >>> 16) ^
      shifted(4, low >>> 24) ^
      shifted(3, high) ^
      shifted(2, high >>> 8) ^
      shifted(1, high >>> 16) ^
      shifted(0, high >>> 24);
  }
  for (; at < bytes.length; at++) crc = shifted(0, crc ^ view.getUint8(at)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

/** As Google writes it: big-endian, in base64. */
export function crcText(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc);
  return bytes.toString("base64");
}

/** Of each byte, followed by 0 to 7 others: eight at a time go twice as fast as one by one. */
const table = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  table[byte] = crc;
}
for (let at = 256; at < table.length; at++) {
  const crc = table[at - 256] as number;
  table[at] = (crc >>> 8) ^ shifted(0, crc);
}

function shifted(bytes: number, crc: number): number {
  return table[(bytes << 8) | (crc & 0xff)] as number;
}
