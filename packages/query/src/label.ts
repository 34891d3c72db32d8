import { showValue } from "@pocaduck/format";

/** `label` itself. Throws a TypeError or RangeError unless it is a bigint from 0 to 2^64-1. */
export function checkLabel(label: unknown, name = "label"): bigint {
  if (typeof label !== "bigint") {
    const kind = label === undefined || label === null ? "" : `${typeof label} `;
    throw new TypeError(`Expected \`${name}\` to be a bigint, got ${kind}${showValue(label)}`);
  }
  if (label < 0n || label >= 1n << 64n) {
    throw new RangeError(`Expected \`${name}\` to be from 0 to 2^64-1, got ${showValue(label)}`);
  }
  return label;
}
