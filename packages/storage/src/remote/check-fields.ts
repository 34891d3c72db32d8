type Kind = "string" | "boolean" | "number" | "object" | "function";

const requests: Readonly<Record<string, Kind>> = {
  attempts: "number",
  baseMs: "number",
  capMs: "number",
  deadlineMs: "number",
  stallMs: "number",
  concurrency: "number",
  retriesPerSecond: "number",
  hedgeMs: "number",
  observe: "function",
};

/** Throws a TypeError that names the option which is none, or is of another type. `fields` come on top of those of requests. */
export function checkFields(
  options: unknown,
  fields: Readonly<Record<string, readonly Kind[]>>,
): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      `Expected \`options\` to be an object, got ${options === null ? "null" : typeof options}`,
    );
  }
  for (const [name, value] of Object.entries(options)) {
    const request = requests[name];
    const kinds = fields[name] ?? (request && [request]);
    if (!kinds) throw new TypeError(`There is no option \`${name}\``);
    const kind = value === null ? "null" : typeof value;
    if (value === undefined || kinds.some((one) => one === kind)) continue;
    throw new TypeError(`Expected \`${name}\` to be of type ${kinds.join(" or ")}, got ${kind}`);
  }
}
