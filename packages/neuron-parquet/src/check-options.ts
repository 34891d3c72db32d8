/** What an option may be. */
export interface Rule {
  /** Follows "to be". */
  readonly expected: string;
  readonly fits: (value: unknown) => boolean;
  /** Of the right type all the same: a RangeError tells it. */
  readonly isType?: (value: unknown) => boolean;
}

/** A rule for every option there is, so that none is forgotten. */
export type Rules<T> = { readonly [Name in keyof Required<T>]: Rule };

/**
 * Checks options before anything is done with them.
 * @throws {TypeError} for an option that does not exist and a value of the wrong type, {RangeError} for one out of its range.
 */
export function checkOptions<T extends object>(options: T, rules: Rules<T>): void {
  checkArgument("options", options, { expected: "an object", fits: isPlainObject });
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? (rules[name as keyof T] as Rule) : undefined;
    if (!rule) {
      const known = Object.keys(rules).join(", ");
      throw new TypeError(`Expected \`options\` to have only ${known}, got ${show(name)}`);
    }
    if (value !== undefined) checkArgument(name, value, rule);
  }
}

export function checkArgument(name: string, value: unknown, rule: Rule): void {
  if (rule.fits(value)) return;
  const message = `Expected \`${name}\` to be ${rule.expected}, got ${show(value)}`;
  throw rule.isType?.(value) ? new RangeError(message) : new TypeError(message);
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function show(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object" || value === null) return String(value);
  return `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
}

export function oneOf(...words: readonly string[]): Rule {
  const quoted = words.map((word) => JSON.stringify(word));
  const last = quoted.pop();
  const expected = quoted.length === 0 ? `${last}` : `${quoted.join(", ")} or ${last}`;
  return { expected, fits: (value) => words.includes(value as string) };
}

function ofType(type: string, expected: string): Rule {
  return { expected, fits: (value) => typeof value === type };
}

export const aBoolean: Rule = ofType("boolean", "true or false");
export const aText: Rule = ofType("string", "a string");
export const aFunction: Rule = ofType("function", "a function");
export const aPath: Rule = {
  expected: "a path",
  fits: (value) => typeof value === "string" && value !== "",
};
export const aSignal: Rule = {
  expected: "an AbortSignal",
  fits: (value) => value instanceof AbortSignal,
};
export const bytesRule: Rule = {
  expected: "a Uint8Array",
  fits: (value) => value instanceof Uint8Array,
};
/** Checked where it is taken apart. */
export const checkedLater: Rule = { expected: "", fits: () => true };
export const anId: Rule = {
  expected: "a bigint, a number or a string",
  fits: (value) => ["bigint", "number", "string"].includes(typeof value),
};
export const aList: Rule = {
  expected: "iterable",
  fits: (value) => isIterable(value, Symbol.iterator),
};
export const neuronsRule: Rule = {
  expected: "a list of neurons, or an iterable or async iterable of them",
  fits: (value) => isIterable(value, Symbol.iterator) || isIterable(value, Symbol.asyncIterator),
};
export const neuronRule: Rule = {
  expected: 'a neuron: an object of kind "skeleton" or "dotprops"',
  fits: (value) =>
    ["skeleton", "dotprops"].includes((value as { kind?: string } | null | undefined)?.kind ?? ""),
};
export const textsRule: Rule = {
  expected: "an object of strings",
  fits: (value) =>
    isPlainObject(value) && Object.values(value as object).every((one) => typeof one === "string"),
};

function isIterable(value: unknown, way: symbol): boolean {
  if (typeof value !== "object" || value === null) return false;
  return typeof (value as { [way: symbol]: unknown })[way] === "function";
}

export function anInteger(from: number, to: number = Number.MAX_SAFE_INTEGER): Rule {
  const most = to === Number.MAX_SAFE_INTEGER ? "" : ` to ${to}`;
  return {
    expected: `an integer from ${from}${most}`,
    fits: (value) =>
      Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
    isType: (value) => typeof value === "number",
  };
}

/** Infinity too. */
export function aNumber(from: number, isOpen = false): Rule {
  return {
    expected: isOpen ? `a number above ${from}` : `a number from ${from}`,
    fits: (value) => typeof value === "number" && (isOpen ? value > from : value >= from),
    isType: (value) => typeof value === "number",
  };
}
