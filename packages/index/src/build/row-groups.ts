import type { DuckDBAppender, DuckDBConnection } from "@duckdb/node-api";
import { encodeGroupPointer, type GroupPointer, groupAt, type TableRef } from "@pocaduck/format";

const encoder = new TextEncoder();
/** Encoded pointers to keep: each leaf asks for a thousand, mostly those of the leaf before. */
const cacheLength = 32_768;

/** Every row group of a dataset by its number in the index, compactly: 28 bytes each. */
export class RowGroupTable {
  length = 0;
  readonly objectTexts: Uint8Array[] = [];
  #lastObject = "";
  #object = new Uint32Array(1024);
  #offset = new Float64Array(1024);
  #rest = new Uint32Array(4096);
  readonly #kept = new Array<Uint8Array | undefined>(cacheLength);
  readonly #keptNumbers = new Uint32Array(cacheLength);

  add(object: string, { offset, size, rows, crc, codecs }: GroupPointer): void {
    if (this.#lastObject !== object) {
      this.#lastObject = object;
      this.objectTexts.push(encoder.encode(object));
    }
    if (this.length === this.#object.length) this.#grow();
    this.#object[this.length] = this.objectTexts.length - 1;
    this.#offset[this.length] = offset;
    this.#rest.set([size, rows, crc, codecs], this.length * 4);
    this.length++;
  }

  /** Its object's place in {@link RowGroupTable.objectTexts}. */
  object(number: number): number {
    return this.#object[number] as number;
  }

  rows(number: number): number {
    return this.#rest[number * 4 + 1] as number;
  }

  /** Its pointer as leaves hold it. */
  encoded(number: number): Uint8Array {
    const slot = number % cacheLength;
    const kept = this.#kept[slot];
    if (kept && this.#keptNumbers[slot] === number) return kept;
    const [size, rows, crc, codecs] = this.#rest.subarray(number * 4, number * 4 + 4);
    const bytes = encodeGroupPointer({
      offset: this.#offset[number] as number,
      size: size as number,
      rows: rows as number,
      crc: crc as number,
      codecs: codecs as number,
    });
    this.#kept[slot] = bytes;
    this.#keptNumbers[slot] = number;
    return bytes;
  }

  #grow(): void {
    const grown = <T extends Uint32Array | Float64Array>(made: T, from: T): T => {
      made.set(from);
      return made;
    };
    this.#object = grown(new Uint32Array(this.length * 2), this.#object);
    this.#offset = grown(new Float64Array(this.length * 2), this.#offset);
    this.#rest = grown(new Uint32Array(this.length * 8), this.#rest);
  }
}

/** Makes `built.row_groups`, adds those of new commits, and keeps them all in {@link RowGroupAppender.table}. */
export class RowGroupAppender {
  readonly table: RowGroupTable;
  readonly #appender: DuckDBAppender;

  private constructor(appender: DuckDBAppender, table: RowGroupTable) {
    this.#appender = appender;
    this.table = table;
  }

  static async create(connection: DuckDBConnection, previous: boolean): Promise<RowGroupAppender> {
    await connection.run(
      `CREATE TABLE built.row_groups (row_group UINTEGER, object VARCHAR, "offset" UBIGINT, size UINTEGER,
        "rows" UINTEGER, crc UINTEGER, codecs UINTEGER)`,
    );
    const table = new RowGroupTable();
    if (previous) {
      const sorted = "FROM previous.row_groups ORDER BY row_group";
      await connection.run(`INSERT INTO built.row_groups ${sorted}`);
      for await (const rows of (await connection.stream(sorted)).yieldRowsJs()) {
        for (const [, object, offset, size, count, crc, codecs] of rows) {
          table.add(String(object), {
            offset: Number(offset),
            size: Number(size),
            rows: Number(count),
            crc: Number(crc),
            codecs: Number(codecs),
          });
        }
      }
    }
    return new RowGroupAppender(
      await connection.createAppender("row_groups", "main", "built"),
      table,
    );
  }

  add(files: readonly TableRef[]): void {
    const appender = this.#appender;
    for (const file of files) {
      for (const at of file.groups.offset.keys()) {
        const pointer = groupAt(file, at);
        appender.appendUInteger(this.table.length);
        appender.appendVarchar(file.key);
        appender.appendUBigInt(BigInt(pointer.offset));
        appender.appendUInteger(pointer.size);
        appender.appendUInteger(pointer.rows);
        appender.appendUInteger(pointer.crc);
        appender.appendUInteger(pointer.codecs);
        appender.endRow();
        this.table.add(file.key, pointer);
      }
    }
  }

  close(): void {
    this.#appender.closeSync();
  }
}
