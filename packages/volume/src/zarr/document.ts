import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { VolumeError } from "../errors.ts";

export type Document = { readonly [name: string]: unknown };

/** A Zarr node's metadata. Version 2 keeps attributes in an object of their own. */
export interface ZarrNode {
  kind: "array" | "group";
  zarrFormat: 2 | 3;
  path: string;
  /** Where `document` was read. */
  key: string;
  document: Document;
  attributes: Document;
}

/** `undefined` where neither version of Zarr has an array or a group. */
export async function readNode(
  store: ReadableStore,
  path: string,
  options: StoreOptions,
): Promise<ZarrNode | undefined> {
  const read = (name: string) => readDocument(store, childKey(path, name), options);
  const v3 = await read("zarr.json");
  if (v3) {
    const key = childKey(path, "zarr.json");
    const { node_type: kind, attributes = {} } = v3;
    if (v3.zarr_format !== 3 || (kind !== "array" && kind !== "group") || !isDocument(attributes)) {
      throw new VolumeError(
        "invalid-metadata",
        key,
        "is not the metadata of a Zarr 3 array or group",
      );
    }
    return { kind, zarrFormat: 3, path, key, document: v3, attributes };
  }
  const array = await read(".zarray");
  const attributes = await read(".zattrs");
  const group = array ?? (await read(".zgroup")) ?? attributes;
  if (!group) return undefined;
  const kind = array ? "array" : "group";
  const key = childKey(path, array ? ".zarray" : ".zgroup");
  return { kind, zarrFormat: 2, path, key, document: group, attributes: attributes ?? {} };
}

/** A JSON object. Integers beyond 2^53 become bigints rather than the nearest double. */
async function readDocument(
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
