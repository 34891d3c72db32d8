import {
  type Column,
  FormatError,
  type GroupPointer,
  groupAt,
  type ObjectRef,
  RowGroup,
  type TableRef,
} from "@pocaduck/format";
import type { ReadableStore, StoreOptions } from "@pocaduck/storage";

/** Part of an object that a record names. @throws {FormatError} `corrupt` when it is not there. */
export async function readPart(
  store: ReadableStore,
  key: string,
  offset: number,
  size: number,
  { signal }: StoreOptions,
): Promise<Uint8Array> {
  const bytes = await store.getRange(key, { offset, length: size }, { signal }).catch((error) => {
    if (error instanceof Error && "code" in error && error.code === "invalid-range") {
      throw new FormatError("corrupt", key, `ends before byte ${offset}`, { cause: error });
    }
    throw error;
  });
  if (!bytes) throw gone(key);
  if (bytes.length !== size) {
    const reason = `holds ${bytes.length} bytes from ${offset} on, a record says ${size}`;
    throw new FormatError("corrupt", key, reason);
  }
  return bytes;
}

/** A whole object; its own checksum is the caller's to check. */
export async function readWhole(
  store: ReadableStore,
  { key, size }: ObjectRef,
  { signal }: StoreOptions,
): Promise<Uint8Array> {
  const bytes = await store.get(key, { signal });
  if (!bytes) throw gone(key);
  if (bytes.length !== size) {
    throw new FormatError("corrupt", key, `holds ${bytes.length} bytes, a record says ${size}`);
  }
  return bytes;
}

/** Row group `at` of a table. */
export async function readGroup(
  store: ReadableStore,
  columns: readonly Column[],
  table: TableRef,
  at: number,
  options: StoreOptions,
): Promise<RowGroup> {
  const pointer: GroupPointer = groupAt(table, at);
  const bytes = await readPart(store, table.key, pointer.offset, pointer.size, options);
  return new RowGroup(columns, bytes, pointer, table.key);
}

export function gone(key: string): FormatError {
  return new FormatError("corrupt", key, "is gone, though a record names it");
}
