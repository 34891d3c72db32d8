import { RecordBatchReader, type Schema } from "apache-arrow";
import { VastError } from "./errors.ts";
import { decodeSchemaList, decodeTableList, type TableInfo } from "./flatbuffers.ts";
import { pathOf, type TableRef } from "./names.ts";
import { errorOf, nameOf } from "./reply.ts";
import { ifTransient, type Policy, type RetryOptions, withRetry } from "./retry.ts";
import { readAll, type Transport, type VastRequest, type VastResponse } from "./transport.ts";

export type CallOptions = { signal?: AbortSignal | undefined };

/** No transaction. */
export const noTransaction = "0";

/** Entities of one listing reply, and replies of one listing. */
const pageSize = 1000;
const maxPages = 10_000;

/** One method per request of the protocol; a 200 is read, anything else is a {@link VastError}. */
export class Api {
  readonly #transport: Transport;
  readonly #retry: RetryOptions | undefined;

  constructor(transport: Transport, retry?: RetryOptions) {
    this.#transport = transport;
    this.#retry = retry;
  }

  /** Reading the answer is part of an attempt: one that breaks off is met like one that never came. */
  call<T>(
    request: VastRequest,
    again: Policy,
    read: (response: VastResponse) => Promise<T>,
    { signal }: CallOptions = {},
  ): Promise<T> {
    const attempt = async () => {
      const response = await this.#transport.send(request, signal);
      if (response.status !== 200) throw await errorOf(request, response);
      return await read(response);
    };
    return withRetry(attempt, again, this.#retry, signal);
  }

  /** Any status will do: it is the `Server` header that counts. */
  async probe(options: CallOptions = {}): Promise<string> {
    const request = { method: "GET", path: "/", command: "transaction" } as const;
    const attempt = async () => {
      const response = await this.#transport.send(request, options.signal);
      await drain(response);
      return response;
    };
    const { headers } = await withRetry(attempt, ifTransient, this.#retry, options.signal);
    const server = String(headers.server ?? "");
    const version = /^vast (\d+\.\d+\.\d+\.\d+)$/.exec(server)?.[1];
    if (version === undefined) {
      const reason = `the server calls itself ${JSON.stringify(server.slice(0, 100))}, expected "vast n.n.n.n"`;
      throw new VastError("unsupported", reason);
    }
    return version;
  }

  async bucketExists(bucket: string, options?: CallOptions): Promise<boolean> {
    const request = { method: "HEAD", path: pathOf({ bucket }), command: "" } as const;
    const exists = this.call(request, ifTransient, drain, options).then(() => true);
    return await exists.catch((error: unknown) => {
      if (error instanceof VastError && error.code === "not-found") return false;
      throw error;
    });
  }

  /** `schema` may be nested; it is looked up by name in its parent. */
  async schemaExists(
    txid: string,
    bucket: string,
    schema: string,
    options?: CallOptions,
  ): Promise<boolean> {
    const parents = schema.split("/");
    const name = parents.pop() ?? "";
    const place = { bucket, ...(parents.length > 0 && { schema: parents.join("/") }) };
    const request = { method: "GET", path: pathOf(place), command: "schema" } as const;
    const pages = this.#pages(request, txid, name, decodeSchemaList, options);
    for await (const names of pages) if (names.includes(name)) return true;
    return false;
  }

  /** What the listing tells of one table, or of all. */
  async tables(
    txid: string,
    { bucket, schema, table }: Omit<TableRef, "table"> & { table?: string },
    options?: CallOptions,
  ): Promise<TableInfo[]> {
    const request = { method: "GET", path: pathOf({ bucket, schema }), command: "table" } as const;
    const found: TableInfo[] = [];
    for await (const page of this.#pages(request, txid, table, decodeTableList, options)) {
      found.push(...page.filter(({ name }) => table === undefined || name === table));
    }
    return found;
  }

  async columns(txid: string, ref: TableRef, options?: CallOptions): Promise<Schema> {
    const request = { method: "GET", path: pathOf(ref), command: "column" } as const;
    let schema: Schema | undefined;
    for await (const page of this.#pages(request, txid, undefined, decodeColumns, options)) {
      schema = schema ? schema.assign(page) : page;
    }
    if (!schema) throw new VastError("corrupt", `${nameOf(request)}: no columns`);
    return schema;
  }

  /** The headers that say where a listing goes on lead from page to page. */
  async *#pages<T>(
    request: VastRequest,
    txid: string,
    name: string | undefined,
    decode: (body: Uint8Array) => T,
    options?: CallOptions,
  ): AsyncGenerator<T> {
    let next = "0";
    for (let page = 0; page < maxPages; page++) {
      const headers = {
        ...tabular(txid),
        "tabular-max-keys": String(pageSize),
        "tabular-next-key": next,
        "tabular-list-count-only": "False",
        ...(name === undefined
          ? { "tabular-name-prefix": "" }
          : { "tabular-name-exact-match": name }),
        ...(request.command === "table" && { "tabular-include-list-stats": "True" }),
      };
      const read = async (response: VastResponse) => ({
        headers: response.headers,
        body: await readAll(response.body),
      });
      const answer = await this.call({ ...request, headers }, ifTransient, read, options);
      yield decode(answer.body);
      if (answer.headers["tabular-is-truncated"] !== "true") return;
      const following = String(answer.headers["tabular-next-key"] ?? "");
      if (following === "" || following === next) break;
      next = following;
    }
    throw new VastError("corrupt", `${nameOf(request)}: a listing without an end`);
  }
}

/** The headers of every request but the probe and the bucket check; a txid exceeds 2^53 and stays a string. */
export function tabular(txid: string): Record<string, string> {
  return {
    "tabular-txid": txid,
    "tabular-api-version-id": "1",
    "tabular-client-name": "tabular-api",
  };
}

/** An answer left unread would keep its connection from being used again. */
export async function drain({ body }: VastResponse): Promise<void> {
  await readAll(body);
}

function decodeColumns(body: Uint8Array): Schema {
  try {
    return RecordBatchReader.from(body).open().schema;
  } catch (cause) {
    throw new VastError("corrupt", "a list of columns: cannot be decoded", { cause });
  }
}
