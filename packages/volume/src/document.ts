import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { VolumeError } from "./errors.ts";

export type Document = { readonly [name: string]: unknown };

/** A JSON object. Integers beyond 2^53 become bigints rather than the nearest double. */
export async function readDocument(
  store: ReadableStore,
  key: string,
  options: StoreOptions,
): Promise<Document | undefined> {
  const bytes = await store.get(key, options);
  if (!bytes) return undefined;
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder().decode(bytes), exactInteger as Reviver);
  } catch (cause) {
    throw new VolumeError("invalid-metadata", key, "is not JSON", { cause });
  }
  if (isDocument(document)) return document;
  throw new VolumeError("invalid-metadata", key, "is not a JSON object");
}

export function isDocument(value: unknown): value is Document {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Reviver = (name: string, value: unknown) => unknown;

function exactInteger(_name: string, value: unknown, { source }: { source?: string }): unknown {
  const inexact = typeof value === "number" && !Number.isSafeInteger(value);
  return inexact && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

export function childKey(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
