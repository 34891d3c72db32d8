import { nodeModule } from "../node-module.ts";

const zlib = nodeModule("node:zlib");
const native = zlib && "crc32" in zlib ? zlib.crc32 : undefined;
let table: Uint32Array | undefined;

/** CRC-32 of IEEE 802.3; `before` continues a sum. */
export function crc32(bytes: Uint8Array, before = 0): number {
  if (native) return native(bytes, before);
  table ??= Uint32Array.from({ length: 256 }, (_, index) => {
    let value = index;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  let crc = ~before;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  return ~crc >>> 0;
}
