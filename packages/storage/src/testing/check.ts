import { isStoreError, type StoreErrorCode } from "../errors.ts";
import type { ObjectMeta, Store } from "../store.ts";

/** One promise that every {@link Store} keeps. Rejects when the backend breaks it. */
export interface ContractCase {
  name: string;
  /**
   * `store` is empty and used by nobody else. `taken` is the bytes that a prefix of its keys takes
   * from the longest one.
   */
  run(store: Store, taken?: number): Promise<void>;
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function keys(metas: readonly ObjectMeta[]): string {
  return metas.map((meta) => meta.key).join(" ");
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

export function same(actual: unknown, expected: unknown): void {
  if (actual instanceof Uint8Array && expected instanceof Uint8Array) {
    if (actual.length === expected.length && actual.every((byte, i) => byte === expected[i]))
      return;
  }
  if (show(actual) !== show(expected))
    throw new Error(`expected ${show(expected)}, got ${show(actual)}`);
}

function show(value: unknown): string {
  if (!(value instanceof Uint8Array)) return String(value);
  return `${value.length} bytes [${value.subarray(0, 32)}${value.length > 32 ? ",…" : ""}]`;
}

export async function rejects(code: StoreErrorCode, run: () => Promise<unknown>): Promise<void> {
  const error = await failure(run);
  if (!isStoreError(error, code)) throw new Error(`expected ${code}`, { cause: error });
}

/** What `run` rejected with; throws when it resolved. */
export async function failure(run: () => Promise<unknown>): Promise<unknown> {
  let result: unknown;
  try {
    result = await run();
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, but it resolved to ${show(result)}`);
}

/** Yields `chunks` from one buffer, overwritten each time, as parsers and compressors do. */
export async function* reusing(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(Math.max(0, ...chunks.map((chunk) => chunk.length)));
  for (const chunk of chunks) {
    buffer.fill(0xff);
    buffer.set(chunk);
    yield buffer.subarray(0, chunk.length);
  }
}
