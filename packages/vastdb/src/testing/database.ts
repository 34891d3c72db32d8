import { randomInt } from "node:crypto";
import type { RecordBatch, Schema } from "apache-arrow";

/** A refusal, as the fake's HTTP half tells it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string = code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export type FakeTable = { schema: Schema; batches: RecordBatch[]; imported: Set<string> };

/** What one transaction sees and others do not: everything it made, on top of what was committed. */
type Pending = {
  seen: number;
  schemas: Set<string>;
  tables: Map<string, Schema>;
  rows: Map<string, RecordBatch[]>;
  imported: Map<string, Set<string>>;
};

/** Transactions with isolation until commit, over schemas and tables in memory; keys are `bucket/schema[/table]`. */
export class FakeDatabase {
  readonly schemas: Set<string> = new Set();
  readonly tables: Map<string, FakeTable> = new Map();
  readonly #open = new Map<string, Pending>();
  readonly #expiryMs: number;
  readonly #now: () => number;
  /** Beyond 2^53, as the real ones. */
  #lastId = 2n ** 60n + BigInt(randomInt(2 ** 40));

  constructor(expiryMs: number, now: () => number) {
    this.#expiryMs = expiryMs;
    this.#now = now;
  }

  get openTransactions(): number {
    return this.#open.size;
  }

  begin(): string {
    const id = String(++this.#lastId);
    const empty = { schemas: new Set<string>(), tables: new Map(), rows: new Map() };
    this.#open.set(id, { seen: this.#now(), imported: new Map(), ...empty });
    return id;
  }

  /** Also keeps it alive. */
  transaction(id: string): Pending {
    const pending = this.#open.get(id);
    if (!pending || this.#now() - pending.seen > this.#expiryMs) {
      this.#open.delete(id);
      throw new Refusal(404, "NoSuchTransaction", `transaction ${id} is unknown or has expired`);
    }
    pending.seen = this.#now();
    return pending;
  }

  rollback(id: string): void {
    this.transaction(id);
    this.#open.delete(id);
  }

  commit(id: string): void {
    const { schemas, tables, rows, imported } = this.transaction(id);
    this.#open.delete(id);
    for (const key of schemas) this.schemas.add(key);
    for (const [key, schema] of tables) {
      this.tables.set(key, { schema, batches: [], imported: new Set() });
    }
    for (const [key, batches] of rows) this.tables.get(key)?.batches.push(...batches);
    for (const [key, objects] of imported) {
      for (const object of objects) this.tables.get(key)?.imported.add(object);
    }
  }

  hasSchema(id: string, key: string): boolean {
    return this.schemas.has(key) || (id !== "0" && this.transaction(id).schemas.has(key));
  }

  createSchema(id: string, key: string): void {
    const pending = this.transaction(id);
    const taken = this.schemas.has(key) || this.#pendingAnywhere((other) => other.schemas.has(key));
    if (taken) throw new Refusal(409, "TabularSchemaAlreadyExists");
    pending.schemas.add(key);
  }

  tableSchema(id: string, key: string): Schema {
    const pending = id === "0" ? undefined : this.transaction(id);
    const schema = this.tables.get(key)?.schema ?? pending?.tables.get(key);
    if (!schema) throw new Refusal(404, "TabularTableDoesNotExist", key);
    return schema;
  }

  createTable(id: string, key: string, schema: Schema): void {
    const pending = this.transaction(id);
    if (!this.hasSchema(id, key.slice(0, key.lastIndexOf("/")))) {
      throw new Refusal(404, "TabularSchemaDoesNotExist", key);
    }
    const taken = this.tables.has(key) || this.#pendingAnywhere((other) => other.tables.has(key));
    if (taken) throw new Refusal(409, "TabularTableAlreadyExists");
    pending.tables.set(key, schema);
  }

  /** Tables right under a schema, with the rows that this transaction sees. */
  list(id: string, schema: string): { name: string; numRows: bigint }[] {
    const pending = id === "0" ? undefined : this.transaction(id);
    const keys = [...this.tables.keys(), ...(pending?.tables.keys() ?? [])];
    const prefix = `${schema}/`;
    return keys
      .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes("/"))
      .map((key) => {
        const batches = [
          ...(this.tables.get(key)?.batches ?? []),
          ...(pending?.rows.get(key) ?? []),
        ];
        const numRows = batches.reduce((sum, batch) => sum + BigInt(batch.numRows), 0n);
        return { name: key.slice(prefix.length), numRows };
      });
  }

  insert(id: string, key: string, batches: readonly RecordBatch[]): void {
    const { rows } = this.transaction(id);
    rows.set(key, [...(rows.get(key) ?? []), ...batches]);
  }

  /** Whether the object is new to the table, in which case it is remembered. */
  import(id: string, key: string, object: string): boolean {
    const { imported } = this.transaction(id);
    const objects = imported.get(key) ?? new Set();
    imported.set(key, objects);
    if (objects.has(object) || this.tables.get(key)?.imported.has(object)) return false;
    objects.add(object);
    return true;
  }

  #pendingAnywhere(test: (pending: Pending) => boolean): boolean {
    const since = this.#now() - this.#expiryMs;
    return [...this.#open.values()].some((pending) => pending.seen >= since && test(pending));
  }
}
