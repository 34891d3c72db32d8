import type { Triple } from "./block-layout.ts";
import { LabelmapError } from "./errors.ts";

const sign = 0x100000;
const fieldMask = 0x1fffffn;

/** The key of a block in a label index: 21 bits each of z, y, x, a sign bit and a magnitude. */
export function encodeBlockKey([x, y, z]: Triple): bigint {
  return (BigInt(field(z)) << 42n) | (BigInt(field(y)) << 21n) | BigInt(field(x));
}

/**
 * Block coordinates. Negative ones of an index that neuclease posted are not what it meant: it takes a field as
 * two's complement.
 * @throws {LabelmapError} `corrupt` for a key no coordinates give.
 */
export function decodeBlockKey(key: bigint): Triple {
  if (key < 0n || key >= 1n << 63n) throw new LabelmapError("corrupt", `block key ${key}`);
  return [coordinate(key, 0n), coordinate(key, 21n), coordinate(key, 42n)];
}

function field(coordinate: number): number {
  const size = Math.abs(coordinate);
  if (!Number.isInteger(coordinate) || size >= sign) {
    throw new RangeError(`Expected block coordinates within ±1048575, got ${coordinate}`);
  }
  return coordinate < 0 ? sign | size : size;
}

function coordinate(key: bigint, shift: bigint): number {
  const bits = Number((key >> shift) & fieldMask);
  if (bits < sign) return bits;
  if (bits === sign) throw new LabelmapError("corrupt", `block key ${key} has a negative zero`);
  return -(bits - sign);
}
