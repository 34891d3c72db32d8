import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { type RecordBatch, Table } from "apache-arrow";
import type { TableRef } from "../names.ts";
import { authorization, type Credentials, sha256 } from "../sign.ts";
import { FakeDatabase, Refusal } from "./database.ts";
import { answer, type Reply } from "./operations.ts";
import { errorXml } from "./replies.ts";

/** Of a request body; what is more is refused. */
const maxBody = 5 << 20;

export type FakeRequest = {
  method: string;
  path: string;
  command: string;
  txid: string | undefined;
  /** How many requests of this method and command there were, this one included. */
  count: number;
};

/** What goes wrong with one request; `act` says whether the server did it all the same. */
export type Fault =
  | { kind: "reply"; status: number; body?: string; act?: boolean }
  | { kind: "reset"; when: "before" | "in-body" | "after" | "in-answer" }
  | { kind: "stall"; act?: boolean };

export type FakeOptions = Partial<Credentials> & {
  buckets?: readonly string[];
  /** The `Server` header. */
  server?: string;
  tls?: { key: string; cert: string };
  /** After which an idle transaction is gone; 10 minutes by default. */
  expiryMs?: number;
  now?: () => number;
  /** Entries of one listing reply; a client may ask for fewer. */
  pageSize?: number;
  /** The rows of a Parquet object, for imports; absent objects fail. */
  readParquet?: (bucket: string, key: string) => readonly RecordBatch[] | undefined;
  onRequest?: (request: FakeRequest) => Fault | undefined;
};

export interface FakeVast extends AsyncDisposable {
  readonly endpoint: string;
  readonly credentials: Credentials;
  readonly requests: readonly FakeRequest[];
  readonly openTransactions: number;
  /** The committed rows of a table, or nothing when there is no such table. */
  rows(ref: TableRef): Table | undefined;
}

/**
 * Stands in for a VAST cluster: a real HTTP server on this machine that verifies signatures, keeps rows in memory,
 * isolates transactions and enforces the limits that the known clients assume.
 */
export async function fakeVast(options: FakeOptions = {}): Promise<FakeVast> {
  const { accessKey = "AK", secretKey = "SK", expiryMs = 600_000, now = Date.now } = options;
  const credentials = { accessKey, secretKey };
  const database = new FakeDatabase(expiryMs, now);
  const settings = { buckets: ["b"], pageSize: 10_000, ...options, database };
  const requests: FakeRequest[] = [];

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const [path = "/", query = ""] = (request.url ?? "/").split("?");
    const { method = "GET", socket } = request;
    const same = requests.filter((r) => r.method === method && r.command === query);
    const txid = single(request.headers["tabular-txid"]);
    const seen = { method, path, command: query, txid, count: same.length + 1 };
    requests.push(seen);
    const fault = options.onRequest?.(seen);
    if (fault?.kind === "reset" && fault.when === "before") return socket.destroy();
    if (fault?.kind === "reset" && fault.when === "in-body") {
      return request.once("data", () => socket.destroy()).once("end", () => socket.destroy());
    }
    const body = await read(request);
    const act = fault === undefined || fault.kind === "reset" || fault.act === true;
    const reply = act ? await run(request, { path, query }, body) : { status: 500 };
    if (fault?.kind === "stall") return undefined;
    if (fault?.kind === "reset" && fault.when === "after") return socket.destroy();
    if (fault?.kind === "reply")
      return send(response, { status: fault.status, body: fault.body ?? "" });
    if (fault?.kind === "reset") {
      const whole = Buffer.from(reply.body ?? "");
      response.writeHead(200, { ...reply.headers, "content-length": whole.byteLength + 1 });
      return response.write(whole.subarray(0, whole.byteLength / 2), () => socket.destroy());
    }
    return send(response, reply);
  };

  const run = async (
    request: IncomingMessage,
    { path, query }: { path: string; query: string },
    body: Buffer,
  ): Promise<Reply> => {
    try {
      verify(request, path, query, body, credentials);
      if (body.byteLength > maxBody) throw new Refusal(413, "EntityTooLarge");
      const { method = "GET", headers } = request;
      return answer(settings, { method, path, command: query, headers, body });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: errorXml(error.code, error.message) };
    }
  };

  const send = (response: ServerResponse, { status, headers = {}, body = "" }: Reply) => {
    response.writeHead(status, { server: options.server ?? "vast 5.4.0.12", ...headers });
    response.end(body);
  };

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => {
      send(response, { status: 500, body: String(error) });
    });
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    credentials,
    requests,
    get openTransactions() {
      return database.openTransactions;
    },
    rows({ bucket, schema, table }) {
      const found = database.tables.get(`${bucket}/${schema}/${table}`);
      return found && new Table(found.schema, found.batches);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function verify(
  request: IncomingMessage,
  path: string,
  command: string,
  body: Buffer,
  credentials: Credentials,
): void {
  const { method = "GET", headers } = request;
  const bodyHash = sha256(body);
  const parts = {
    method,
    path,
    query: command ? `${command}=` : "",
    host: headers.host ?? "",
    date: single(headers["x-amz-date"]) ?? "",
    bodyHash,
  };
  if (headers.authorization !== authorization(parts, credentials)) {
    throw new Refusal(403, "SignatureDoesNotMatch");
  }
  if (headers["x-amz-content-sha256"] !== bodyHash) {
    throw new Refusal(400, "XAmzContentSHA256Mismatch");
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
