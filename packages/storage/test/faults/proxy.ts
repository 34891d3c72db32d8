import { once } from "node:events";
import {
  Agent,
  createServer,
  request as forward,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** What happens to one request on its way to the real server, or to its answer on the way back. */
export interface Fault {
  /** Milliseconds before it goes on. */
  delayMs?: number;
  /** The connection ends before anything is forwarded. */
  refuse?: boolean;
  /** Nothing is ever answered; the request is not forwarded. */
  stall?: boolean;
  /** Answered without asking the server. */
  answer?: { status: number; headers?: Record<string, string>; body?: string | Uint8Array };
  /** Changes the request. */
  request?: (
    headers: IncomingHttpHeaders,
    path: string,
  ) => { headers: IncomingHttpHeaders; path: string };
  /** Of the request's body, the byte at this place is another when it arrives. */
  spoil?: number;
  /** The same of the answer's. */
  spoilAnswer?: number;
  /** Once the server has done its work: the connection ends, or another answer is given. */
  lose?: boolean | { status: number; body?: string };
  /** Changes the head of the answer. */
  head?: (status: number, headers: IncomingHttpHeaders) => [number, IncomingHttpHeaders];
  /** So many bytes of the answer's body come, and then this. */
  after?: { bytes: number; end: "reset" | "close" | "stall" };
  /** Bytes that the server never sent, at the end of the body. */
  extra?: Uint8Array;
  /** Milliseconds between pieces of so many bytes. */
  trickle?: { bytes: number; ms: number };
}

/** An answer of the server, or one that is made up. */
type Made = Readable & Pick<IncomingMessage, "statusCode" | "headers">;

export interface Seen {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** When it came, as `performance.now` tells. */
  at: number;
}

/** Our own fault between a client library and a real server. */
export interface FaultProxy extends AsyncDisposable {
  url: string;
  /** Decides the fault of each request; `index` counts from 0 since `script` was set. */
  script: (request: Seen, index: number) => Fault | undefined;
  /** Since the last `forget`. */
  seen: Seen[];
  forget(): void;
  /** Connections of clients that are open. */
  sockets(): number;
  /** Requests that are under way. */
  busy(): number;
  /** Most requests that waited for an answer at once. */
  most: number;
}

/** Starts a proxy on a free loopback port before the server at `target`. */
export async function startFaultProxy(target: string, keepHost = true): Promise<FaultProxy> {
  const to = new URL(target);
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const open = new Set<Socket>();
  let now = 0;
  const waiting = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    now++;
    waiting.add(response);
    proxy.most = Math.max(proxy.most, waiting.size);
    response.once("close", () => {
      now--;
      waiting.delete(response);
    });
    void handle(request, response).catch(() => response.destroy());
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy: FaultProxy = {
    url,
    script: () => undefined,
    seen: [],
    forget() {
      proxy.seen = [];
      proxy.most = 0;
    },
    sockets: () => open.size,
    busy: () => now,
    most: 0,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  return proxy;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = request;
    const seen = { method, path, headers, at: performance.now() };
    const fault = proxy.script(seen, proxy.seen.push(seen) - 1) ?? {};
    if (fault.delayMs !== undefined) await sleep(fault.delayMs);
    if (fault.refuse) return void request.socket.resetAndDestroy();
    // What is not read hides that the client has gone.
    if (fault.stall) return void request.resume();
    if (fault.answer) {
      request.resume();
      return giveBack(madeUp(fault.answer), response, fault);
    }
    const changed = fault.request?.({ ...headers }, path) ?? { headers, path };
    const host = keepHost ? {} : { host: to.host };
    const outgoing = forward({
      agent,
      host: to.hostname,
      port: to.port,
      method,
      path: changed.path,
      headers: { ...changed.headers, ...host },
    });
    if (fault.spoil !== undefined) request.on("data", spoiler(fault.spoil));
    request.pipe(outgoing);
    request.once("aborted", () => outgoing.destroy());
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    await giveBack(answer, response, fault);
  }

  async function giveBack(answer: Made, response: ServerResponse, fault: Fault): Promise<void> {
    // A client that has its answer may ask again before this connection knows that all is sent.
    waiting.delete(response);
    if (fault.lose) {
      answer.resume();
      await once(answer, "end");
      if (fault.lose === true) return void response.socket?.resetAndDestroy();
      response.writeHead(fault.lose.status);
      return void response.end(fault.lose.body);
    }
    const { statusCode = 0 } = answer;
    const headers = { ...answer.headers };
    // Servers name themselves in the place of an upload.
    if (headers.location) headers.location = headers.location.replace(target, url);
    const [status, sent] = fault.head?.(statusCode, headers) ?? [statusCode, headers];
    if (fault.extra) delete sent["content-length"];
    response.writeHead(status, sent);
    let left = fault.after?.bytes ?? Number.POSITIVE_INFINITY;
    const spoil = fault.spoilAnswer === undefined ? undefined : spoiler(fault.spoilAnswer);
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      spoil?.(chunk);
      const piece = fault.trickle?.bytes ?? chunk.length;
      for (let at = 0; at < chunk.length; at += piece) {
        const part = chunk.subarray(at, Math.min(chunk.length, at + Math.min(piece, left)));
        left -= part.length;
        if (!response.write(part) && !response.destroyed) {
          await drained(response);
        }
        if (response.destroyed) return void answer.destroy();
        if (left <= 0) return void interrupt(answer, response, fault.after?.end);
        if (fault.trickle) await sleep(fault.trickle.ms);
      }
    }
    if (fault.extra) response.write(fault.extra);
    response.end();
  }
}

function madeUp({ status, headers = {}, body = "" }: NonNullable<Fault["answer"]>): Made {
  const bytes = Buffer.from(body as Uint8Array);
  const length = bytes.length === 0 ? {} : { "content-length": String(bytes.length) };
  return Object.assign(Readable.from(bytes.length === 0 ? [] : [bytes]), {
    statusCode: status,
    headers: { ...length, ...headers },
  });
}

/** Changes one bit of the byte at `place` of all that passes. */
function spoiler(place: number): (chunk: Buffer) => void {
  let left = place;
  return (chunk) => {
    if (left >= 0 && left < chunk.length) chunk[left] = (chunk[left] ?? 0) ^ 1;
    left -= chunk.length;
  };
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off("drain", go).off("close", go);
      resolve();
    };
    response.on("drain", go).on("close", go);
  });
}

async function interrupt(
  answer: Readable,
  response: ServerResponse,
  end: "reset" | "close" | "stall" | undefined,
): Promise<void> {
  answer.destroy();
  if (end === "stall") return;
  // What was written has to leave before the end does.
  await sleep(20);
  if (end === "reset") response.socket?.resetAndDestroy();
  else response.socket?.end();
}
