import type { ReadableStore, Store } from "./store.ts";

const reading = ["get", "getRange", "head", "list"] as const;
const writing = ["put", "putIfAbsent", "delete"] as const;

/** Throws a TypeError unless `store` has every method of a {@link Store}: a path or URL is none. */
export function assertStore(store: unknown): asserts store is Store {
  assertMethods(store, [...reading, ...writing]);
}

/** Throws a TypeError unless `store` has every method of a {@link ReadableStore}. */
export function assertReadableStore(store: unknown): asserts store is ReadableStore {
  assertMethods(store, reading);
}

function assertMethods(store: unknown, methods: readonly string[]): void {
  if (typeof store !== "object" || store === null) {
    const got = typeof store === "string" ? `the string ${JSON.stringify(store)}` : String(store);
    throw new TypeError(
      `Expected \`store\` to be a store, such as a LocalStore or what \`open\` gives, got ${got}`,
    );
  }
  const missing = methods.find((name) => typeof Reflect.get(store, name) !== "function");
  if (missing !== undefined) {
    throw new TypeError(`Expected \`store\` to be a store, got an object without \`${missing}\``);
  }
}
