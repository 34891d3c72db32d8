import { Builder } from "flatbuffers";

export type ListedTable = { name: string; numRows: bigint };

/** `ListSchemasResponse` */
export function encodeSchemaList(bucket: string, names: readonly string[]): Uint8Array {
  const builder = new Builder(1024);
  const list = details(
    builder,
    names.map((name) => ({ name, numRows: 0n })),
  );
  const bucketName = builder.createString(bucket);
  builder.startObject(2);
  builder.addFieldOffset(0, bucketName, 0);
  builder.addFieldOffset(1, list, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

/** `ListTablesResponse` */
export function encodeTableList(
  bucket: string,
  schema: string,
  tables: readonly ListedTable[],
): Uint8Array {
  const builder = new Builder(1024);
  const list = details(builder, tables);
  const bucketName = builder.createString(bucket);
  const schemaName = builder.createString(schema);
  builder.startObject(3);
  builder.addFieldOffset(0, bucketName, 0);
  builder.addFieldOffset(1, schemaName, 0);
  builder.addFieldOffset(2, list, 0);
  builder.finish(builder.endObject());
  return builder.asUint8Array();
}

export function errorXml(code: string, message: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
}

function details(builder: Builder, tables: readonly ListedTable[]): number {
  const offsets = tables.map(({ name, numRows }, index) => {
    const [nameAt, properties, handle] = [name, "", String(index + 1)].map((text) =>
      builder.createString(text),
    ) as [number, number, number];
    builder.startObject(10);
    builder.addFieldOffset(0, nameAt, 0);
    builder.addFieldOffset(1, properties, 0);
    builder.addFieldOffset(2, handle, 0);
    builder.addFieldInt64(3, numRows, 0n);
    return builder.endObject();
  });
  builder.startVector(4, offsets.length, 4);
  for (const offset of offsets.toReversed()) builder.addOffset(offset);
  return builder.endVector();
}
