/** `label` itself. Throws a TypeError or RangeError unless it is a bigint from 0 to 2^64-1. */
export function checkLabel(label: unknown): bigint {
  if (typeof label !== "bigint") {
    const got = typeof label === "string" ? JSON.stringify(label) : String(label);
    throw new TypeError(`Expected \`label\` to be a bigint, got ${typeof label} ${got}`);
  }
  if (label < 0n || label >= 1n << 64n) {
    throw new RangeError(`Expected \`label\` to be from 0 to 2^64-1, got ${label}`);
  }
  return label;
}
