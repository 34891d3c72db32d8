import { Server, ServerCredentials } from "@grpc/grpc-js";
import { handshakePath, type Tokens, tokenInterceptor } from "./auth.ts";
import { directInterceptor } from "./direct-call.ts";
import { FlightError } from "./errors.ts";
import type { FlightHandlers } from "./handlers.ts";
import {
  defaultMaxMessageSize,
  flightMethods,
  isLoopback,
  type Serializer,
  sizeLimits,
} from "./rpc.ts";
import { type ErrorListener, serverCalls } from "./server-calls.ts";

export type ServerTls = {
  key: string | Uint8Array;
  cert: string | Uint8Array;
  /** Certificates of the authorities whose clients are let in; without it a client needs no certificate. */
  clientCa?: string | Uint8Array;
};

export type ServeOptions = {
  handlers: FlightHandlers;
  /** 127.0.0.1 by default. */
  host?: string;
  /** A free one by default. */
  port?: number;
  tls?: ServerTls;
  /** Without TLS a server listens on this machine only, unless this says otherwise. */
  allowPlaintext?: boolean;
  /** Without it every caller is let in. */
  tokens?: Tokens;
  /** Of one message, sent or received; 4,000,000 by default, which every untuned peer takes. */
  maxMessageSize?: number;
  /** `direct` by default. */
  serializer?: Serializer;
  /** After how long a silent connection is probed, and twice that it is dropped; 20 s by default. */
  keepaliveMs?: number;
  /** Told of what ends a call, with the cause that the caller is not told. */
  onError?: ErrorListener;
};

export interface FlightServer extends AsyncDisposable {
  readonly port: number;
  /** `grpc+tcp://…` or `grpc+tls://…` */
  readonly uri: string;
  /** Takes no more calls, waits up to `graceMs` (none by default) for those under way, then cuts them off. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Streams of one connection that may be under way at a time. */
const maxStreams = 1024;

/** @throws {FlightError} `unavailable` when it cannot listen there. */
export async function serveFlight(options: ServeOptions): Promise<FlightServer> {
  const {
    handlers,
    host = "127.0.0.1",
    port = 0,
    tls,
    tokens,
    onError = () => undefined,
  } = options;
  const { maxMessageSize = defaultMaxMessageSize, keepaliveMs = 20_000 } = options;
  const { serializer = "direct" } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new RangeError(`Expected \`port\` to be an integer from 0 to 65535, got ${port}`);
  }
  if (!tls && !options.allowPlaintext && !isLoopback(host)) {
    throw new TypeError(
      `Expected \`tls\` or \`allowPlaintext\` for a server on ${host}, got neither`,
    );
  }
  const open = new Set(handlers.handshake ? [handshakePath] : []);
  const server = new Server({
    ...sizeLimits(maxMessageSize),
    "grpc.max_concurrent_streams": maxStreams,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": keepaliveMs,
    "grpc.so_reuseport": 0,
    interceptors: [
      ...(serializer === "direct" ? [directInterceptor] : []),
      ...(tokens ? [tokenInterceptor(tokens, open)] : []),
    ],
  });
  const methods = flightMethods(serializer);
  server.addService(methods, serverCalls(handlers, { maxMessageSize, onError }));
  const address = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const bound = await bind(server, `${address}:${port}`, credentials(tls));
  const close = async ({ graceMs = 0 } = {}) => {
    const timer = setTimeout(() => server.forceShutdown(), graceMs);
    await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
    clearTimeout(timer);
  };
  return {
    port: bound,
    uri: `grpc+${tls ? "tls" : "tcp"}://${address}:${bound}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function credentials(tls: ServerTls | undefined): ServerCredentials {
  if (!tls) return ServerCredentials.createInsecure();
  const { key, cert, clientCa } = tls;
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
  const ca = clientCa === undefined ? null : Buffer.from(clientCa);
  return ServerCredentials.createSsl(ca, [pair], ca !== null);
}

function bind(server: Server, address: string, security: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = (cause: Error | null, port: number) => {
      if (!cause) return resolve(port);
      const reason = `cannot listen on ${address}: ${cause.message}`;
      reject(new FlightError("unavailable", reason, { cause }));
    };
    try {
      server.bindAsync(address, security, done);
    } catch (cause) {
      const reason = `cannot listen on ${address} with these credentials`;
      reject(new FlightError("unavailable", reason, { cause }));
    }
  });
}
