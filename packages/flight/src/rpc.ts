import type { ChannelOptions } from "@grpc/grpc-js";
import type { ScatteredMessage } from "./flight-data.ts";
import { definitions, type Method, type MethodName } from "./protocol.ts";

/** Below gRPC's default receive limit of 4 MiB, so that a peer nobody tuned takes every message. */
export const defaultMaxMessageSize = 4_000_000;

const grpcDefaultLimit = 4 * 1024 * 1024;

/**
 * How a message gets to the socket: `direct` hands over the values where they lie, `scatter` copies each once into
 * grpc-js's frame, `concat` twice. A client has no `direct`.
 */
export type Serializer = "direct" | "scatter" | "concat";

/** `FlightData` passes through undecoded, so that what is wrong with it is told by our own errors. */
export function flightMethods(serializer: Serializer): Record<MethodName, Method> {
  const write =
    serializer !== "concat"
      ? // grpc-js reads `byteLength` or `length` and calls `copy`, which a ScatteredMessage has.
        (message: object) => message as Buffer
      : (message: object) => (message as ScatteredMessage).concat() as Buffer;
  const read = (bytes: Buffer) => bytes;
  const { DoGet, DoPut, DoExchange } = definitions;
  return {
    ...definitions,
    DoGet: { ...DoGet, responseSerialize: write, responseDeserialize: read },
    DoPut: { ...DoPut, requestSerialize: write, requestDeserialize: read },
    DoExchange: {
      ...DoExchange,
      requestSerialize: write,
      requestDeserialize: read,
      responseSerialize: write,
      responseDeserialize: read,
    },
  };
}

export function sizeLimits(maxMessageSize: number): ChannelOptions {
  if (!Number.isSafeInteger(maxMessageSize) || maxMessageSize < 1024 || maxMessageSize > 2 ** 31) {
    throw new RangeError(
      `Expected \`maxMessageSize\` to be an integer from 1024 to 2^31, got ${maxMessageSize}`,
    );
  }
  return {
    "grpc.max_send_message_length": maxMessageSize,
    "grpc.max_receive_message_length": Math.max(maxMessageSize, grpcDefaultLimit),
  };
}

/** Whether `host` is this machine, the only place where plaintext needs no permission. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127\.[\d.]+$/.test(host);
}
