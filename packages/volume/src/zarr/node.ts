import type { ReadableStore, StoreOptions } from "@pocaduck/storage";
import { childKey, type Document, isDocument, readDocument } from "../document.ts";
import { VolumeError } from "../errors.ts";

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
