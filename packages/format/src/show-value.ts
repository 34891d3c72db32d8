/** A caller's value in an error: short, and telling a string from a number and a bigint. */
export function showValue(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "string") {
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  }
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) {
    const { name } = value.constructor ?? {};
    return name && name !== "Object"
      ? `${/^[AEIOU]/.test(name) ? "an" : "a"} ${name}`
      : "an object";
  }
  return String(value);
}
