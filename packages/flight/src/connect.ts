import { type ChannelCredentials, type ChannelOptions, credentials } from "@grpc/grpc-js";
import { defaultMaxMessageSize, type Serializer, sizeLimits } from "./rpc.ts";

export type ClientTls = {
  /** Certificates of the authorities to trust in place of the system's. */
  ca?: string | Uint8Array;
  /** For a server that asks for a client's certificate. */
  key?: string | Uint8Array;
  cert?: string | Uint8Array;
  /** The name to expect in the server's certificate when it is not the host's. */
  serverName?: string;
};

export type ConnectOptions = {
  tls?: ClientTls;
  token?: string;
  /** Without TLS a token is sent to this machine only, unless this says otherwise. */
  allowPlaintext?: boolean;
  /** Of one message, sent or received; 4,000,000 by default. */
  maxMessageSize?: number;
  /** Bytes a server may send ahead on each stream; 8 MiB by default, and 64 KiB is five times slower. */
  windowSize?: number;
  /** `scatter` by default. */
  serializer?: Exclude<Serializer, "direct">;
  /** Probes the connection this often; off by default, because C++ servers hang up on a client that does. */
  keepaliveMs?: number;
};

const schemes = new Map([
  ["grpc:", false],
  ["grpc+tcp:", false],
  ["grpc+tls:", true],
]);

export function parseUri(uri: string): { address: string; host: string; secure: boolean } {
  const parsed = URL.canParse(uri) ? new URL(uri) : undefined;
  const secure = parsed && schemes.get(parsed.protocol);
  if (
    !parsed ||
    secure === undefined ||
    parsed.port === "" ||
    /[/?#@]/.test(uri.slice(parsed.protocol.length + 2))
  ) {
    throw new TypeError(
      `Expected \`uri\` to be grpc+tcp://host:port or grpc+tls://host:port, got ${JSON.stringify(uri)}`,
    );
  }
  return { address: parsed.host, host: parsed.hostname, secure };
}

export function channelCredentials(
  secure: boolean,
  { tls = {} }: ConnectOptions,
): ChannelCredentials {
  if (!secure) return credentials.createInsecure();
  return credentials.createSsl(bytes(tls.ca), bytes(tls.key), bytes(tls.cert));
}

export function channelOptions(options: ConnectOptions): ChannelOptions {
  const { maxMessageSize = defaultMaxMessageSize, windowSize = 8 << 20, keepaliveMs } = options;
  if (!Number.isInteger(windowSize) || windowSize < 65_535 || windowSize > 2 ** 31 - 1) {
    throw new RangeError(
      `Expected \`windowSize\` to be an integer from 65535 to 2^31-1, got ${windowSize}`,
    );
  }
  const serverName = options.tls?.serverName;
  return {
    ...sizeLimits(maxMessageSize),
    "grpc-node.flow_control_window": windowSize,
    // A message kept for a retry counts as written at once, which would defeat the pacing.
    "grpc.enable_retries": 0,
    "grpc.per_rpc_retry_buffer_size": 0,
    ...(keepaliveMs !== undefined && {
      "grpc.keepalive_time_ms": keepaliveMs,
      "grpc.keepalive_timeout_ms": keepaliveMs,
      "grpc.keepalive_permit_without_calls": 0,
    }),
    ...(serverName !== undefined && { "grpc.ssl_target_name_override": serverName }),
    "grpc.use_local_subchannel_pool": 1,
  };
}

function bytes(pem: string | Uint8Array | undefined): Buffer | null {
  return pem === undefined ? null : Buffer.from(pem);
}
