const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  return crc;
});

/** CRC-32C (Castagnoli), which `node:zlib` does not have. */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) {
    crc = (table[(crc ^ (bytes[i] as number)) & 0xff] as number) ^ (crc >>> 8);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** The bytes before their checksum, which are its last four. Throws when they disagree. */
export function checkCrc32c(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 4) throw new Error(`is ${bytes.length} bytes, too short for its CRC-32C`);
  const body = bytes.subarray(0, -4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(body.length, true) !== crc32c(body)) throw new Error("fails its CRC-32C");
  return body;
}
