import type { IncomingHttpHeaders } from "node:http";
import { type RecordBatch, Schema, Table, tableFromArrays, tableToIPC } from "apache-arrow";
import { type FakeDatabase, Refusal } from "./database.ts";
import { decodeImport } from "./import-request.ts";
import { encodeSchemaList, encodeTableList } from "./replies.ts";
import { readRows, readTableSchema } from "./rows.ts";

export type Reply = {
  status: number;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
};

export type Operation = {
  method: string;
  path: string;
  command: string;
  headers: IncomingHttpHeaders;
  body: Uint8Array;
};

type Settings = {
  database: FakeDatabase;
  buckets: readonly string[];
  pageSize: number;
  readParquet?: (bucket: string, key: string) => readonly RecordBatch[] | undefined;
};

const filesPerImport = 10;

/** What the server does and says, once a request's signature holds. */
export function answer(settings: Settings, operation: Operation): Reply {
  const { method, path, command, headers } = operation;
  const [bucket = "", ...rest] = path.split("/").slice(1);
  if (command === "transaction") return transaction(settings.database, operation);
  if (!settings.buckets.includes(bucket)) throw new Refusal(404, "NoSuchBucket", bucket);
  if (method === "HEAD" && command === "") return { status: 200 };
  if (headers["tabular-api-version-id"] !== "1") throw new Refusal(400, "InvalidApiVersion");
  const id = String(headers["tabular-txid"] ?? "");
  const key = [bucket, ...rest].join("/");
  const run = operations[`${method} ${command}`];
  if (!run) throw new Refusal(405, "MethodNotAllowed", `${method} ${command}`);
  return run(settings, operation, { id, bucket, key });
}

type Place = { id: string; bucket: string; key: string };

const operations: Record<string, (s: Settings, o: Operation, p: Place) => Reply> = {
  "GET schema": ({ database, pageSize }, { headers }, { id, bucket, key }) => {
    const pending = id === "0" ? [] : database.transaction(id).schemas;
    const names = [...database.schemas, ...pending]
      .filter((schema) => schema.startsWith(`${key}/`))
      .map((schema) => schema.slice(key.length + 1))
      .filter((name) => !name.includes("/"));
    const { page, ...paging } = paged(names, (name) => name, headers, pageSize);
    return { status: 200, body: encodeSchemaList(bucket, page), ...paging };
  },
  "POST schema": ({ database }, _, { id, key }) => {
    database.createSchema(id, key);
    return { status: 200 };
  },
  "GET table": ({ database, pageSize }, { headers }, { id, bucket, key }) => {
    if (!database.hasSchema(id, key)) throw new Refusal(404, "TabularSchemaDoesNotExist", key);
    const tables = database.list(id, key);
    const { page, ...paging } = paged(tables, ({ name }) => name, headers, pageSize);
    return { status: 200, body: encodeTableList(bucket, key, page), ...paging };
  },
  "POST table": ({ database }, { body }, { id, key }) => {
    database.createTable(id, key, readTableSchema(body));
    return { status: 200 };
  },
  "GET column": ({ database, pageSize }, { headers }, { id, key }) => {
    const { fields } = database.tableSchema(id, key);
    const { page, ...paging } = paged(fields, ({ name }) => name, headers, pageSize);
    return { status: 200, body: tableToIPC(new Table(new Schema(page)), "stream"), ...paging };
  },
  "POST rows": ({ database }, { body }, { id, key }) => {
    database.transaction(id);
    const batch = readRows(body, database.tableSchema(id, key));
    database.insert(id, key, [batch]);
    const ids = BigUint64Array.from({ length: batch.numRows }, (_, row) => BigInt(row));
    return { status: 200, body: tableToIPC(tableFromArrays({ $row_id: ids }), "stream") };
  },
  "POST data": ({ database, readParquet }, { body }, { id, key }) => {
    database.tableSchema(id, key);
    const files = decodeImport(body);
    if (files.length > filesPerImport) throw new Refusal(400, "TabularTooManyFiles");
    const statuses = files.map((file) => {
      const status = { bucket_name: file.bucket, object_name: file.key, err_msg: "" };
      const rows = readParquet?.(file.bucket, file.key);
      if (!rows) return { ...status, res: "TabularImportFailed", err_msg: "no such object" };
      const isNew = database.import(id, key, `${file.bucket}/${file.key}`);
      if (isNew) database.insert(id, key, rows);
      return { ...status, res: isNew ? "Success" : "TabularAlreadyImported" };
    });
    return { status: 200, body: statuses.map((status) => JSON.stringify(status)).join("") };
  },
};

function transaction(database: FakeDatabase, { method, headers }: Operation): Reply {
  const id = headers["tabular-txid"] === undefined ? undefined : String(headers["tabular-txid"]);
  if (method === "POST") return { status: 200, headers: { "tabular-txid": database.begin() } };
  if (id === undefined) throw new Refusal(400, "MissingTransaction");
  if (method === "PUT") database.commit(id);
  else if (method === "DELETE") database.rollback(id);
  else database.transaction(id);
  return { status: 200 };
}

/** One page of a listing, from the number that the last page's headers gave. */
function paged<T>(
  all: readonly T[],
  nameOf: (item: T) => string,
  headers: IncomingHttpHeaders,
  pageSize: number,
): { page: T[]; headers: Record<string, string> } {
  const exact = headers["tabular-name-exact-match"];
  const matching = exact === undefined ? all : all.filter((item) => nameOf(item) === exact);
  const start = Number(headers["tabular-next-key"] ?? 0);
  const end = start + Math.min(pageSize, Number(headers["tabular-max-keys"] ?? pageSize));
  return {
    page: matching.slice(start, end),
    headers: {
      "tabular-next-key": String(end),
      "tabular-is-truncated": String(end < matching.length),
    },
  };
}
