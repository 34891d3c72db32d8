import { FormatError } from "./errors.ts";

/** Reads the members of a record's JSON; whatever is not as it must be is a `corrupt` error that names the member. */
export class Shape {
  readonly #key: string;
  readonly #path: string;
  readonly #members: Record<string, unknown>;

  constructor(key: string, value: unknown, path = "") {
    this.#key = key;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new FormatError("corrupt", key, `${path || "it"} is not an object`);
    }
    this.#members = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.#members[name] !== undefined;
  }

  names(): string[] {
    return Object.keys(this.#members);
  }

  string(name: string): string {
    const value = this.#members[name];
    return typeof value === "string" ? value : this.#fail(name, "a string");
  }

  number(name: string): number {
    const value = this.#members[name];
    return typeof value === "number" ? value : this.#fail(name, "a number");
  }

  /** An integer from zero. */
  count(name: string): number {
    const value = this.number(name);
    return Number.isSafeInteger(value) && value >= 0 ? value : this.#fail(name, "a count");
  }

  oneOf<T extends string>(name: string, values: readonly T[]): T {
    const value = this.string(name);
    return values.find((each) => each === value) ?? this.#fail(name, values.join(" or "));
  }

  optional<T>(name: string, read: (name: string) => T): T | undefined {
    return this.has(name) ? read.call(this, name) : undefined;
  }

  object(name: string): Shape {
    return new Shape(this.#key, this.#members[name], this.#at(name));
  }

  objects(name: string): Shape[] {
    return this.#list(name).map(
      (item, at) => new Shape(this.#key, item, `${this.#at(name)}[${at}]`),
    );
  }

  numbers(name: string): number[] {
    const list = this.#list(name);
    if (!list.every((item) => typeof item === "number")) this.#fail(name, "a list of numbers");
    return list as number[];
  }

  counts(name: string): number[] {
    const list = this.numbers(name);
    if (!list.every((item) => Number.isSafeInteger(item) && item >= 0)) {
      this.#fail(name, "a list of counts");
    }
    return list;
  }

  strings(name: string): string[] {
    const list = this.#list(name);
    if (!list.every((item) => typeof item === "string")) this.#fail(name, "a list of strings");
    return list as string[];
  }

  #list(name: string): unknown[] {
    const value = this.#members[name];
    return Array.isArray(value) ? value : this.#fail(name, "a list");
  }

  #at(name: string): string {
    return this.#path ? `${this.#path}.${name}` : name;
  }

  #fail(name: string, expected: string): never {
    const value = JSON.stringify(this.#members[name])?.slice(0, 80);
    throw new FormatError("corrupt", this.#key, `${this.#at(name)} is not ${expected}: ${value}`);
  }
}
