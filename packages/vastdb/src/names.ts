/** Where a table is; a schema may nest, `a/b`. */
export type TableRef = { bucket: string; schema: string; table: string };

/** Anything else is percent-encoded twice by the Python client's signer, so no such name is known to work. */
const component = /^[A-Za-z0-9_-]{1,255}$/;

/** @throws {TypeError} naming the part that the protocol cannot carry. */
export function assertName(what: "bucket" | "schema" | "table", name: string): void {
  const parts = what === "schema" ? name.split("/") : [name];
  if (parts.every((part) => component.test(part))) return;
  throw new TypeError(
    `Expected \`${what}\` to be made of letters, digits, _ and -, got ${JSON.stringify(name)}`,
  );
}

export function pathOf({ bucket, schema, table }: Partial<TableRef>): string {
  if (bucket !== undefined) assertName("bucket", bucket);
  if (schema !== undefined) assertName("schema", schema);
  if (table !== undefined) assertName("table", table);
  return `/${[bucket, schema, table].filter((part) => part !== undefined).join("/")}`;
}
