import type { Schema } from "apache-arrow";
import { decodeEncapsulatedSchema } from "./decode-batch.ts";
import { encapsulateSchema } from "./encode-batch.ts";
import { FlightError } from "./errors.ts";
import { plainBytes } from "./plain-bytes.ts";
import type { WireDescriptor, WireInfo } from "./protocol.ts";
import { definitions } from "./protocol.ts";

/** What names a flight: a path of strings, or an opaque command. */
export type FlightDescriptor = { path: readonly string[] } | { command: Uint8Array };

export type FlightEndpoint = {
  ticket: Uint8Array;
  /** URIs; none means the server that answered. */
  locations?: readonly string[];
  metadata?: Uint8Array;
};

export type FlightInfo = {
  schema?: Schema;
  descriptor?: FlightDescriptor;
  endpoints: readonly FlightEndpoint[];
  /** Absent when unknown. */
  totalRecords?: number;
  totalBytes?: number;
  ordered?: boolean;
  metadata?: Uint8Array;
};

/** The numbers of the protocol's enum. */
const kinds = { unknown: 0, path: 1, command: 2 } as const;

export function toWireDescriptor(descriptor: FlightDescriptor): WireDescriptor {
  if ("path" in descriptor) return { type: kinds.path, cmd: new Uint8Array(), ...descriptor };
  return { type: kinds.command, cmd: descriptor.command, path: [] };
}

export function fromWireDescriptor({ type, cmd, path }: WireDescriptor): FlightDescriptor {
  if (type === kinds.path) return { path };
  if (type === kinds.command) return { command: plainBytes(cmd) };
  throw new FlightError("invalid-argument", `a descriptor of kind ${type}`);
}

export function encodeDescriptor(descriptor: FlightDescriptor): Uint8Array {
  return definitions.GetFlightInfo.requestSerialize(toWireDescriptor(descriptor));
}

/** @throws {FlightError} `corrupt`, or `invalid-argument` for a kind that is not known. */
export function decodeDescriptor(bytes: Uint8Array): FlightDescriptor {
  let wire: object;
  try {
    wire = definitions.GetFlightInfo.requestDeserialize(Buffer.from(bytes));
  } catch (cause) {
    throw new FlightError("corrupt", "a descriptor that cannot be decoded", { cause });
  }
  return fromWireDescriptor(wire as WireDescriptor);
}

export function toWireInfo(info: FlightInfo): WireInfo {
  const { schema, descriptor, endpoints, totalRecords = -1, totalBytes = -1 } = info;
  return {
    schema: schema ? encapsulateSchema(schema) : new Uint8Array(),
    descriptor: descriptor ? toWireDescriptor(descriptor) : null,
    endpoints: endpoints.map(({ ticket, locations = [], metadata = new Uint8Array() }) => ({
      ticket: { ticket },
      locations: locations.map((uri) => ({ uri })),
      metadata,
    })),
    totalRecords: String(totalRecords),
    totalBytes: String(totalBytes),
    ordered: info.ordered ?? false,
    metadata: info.metadata ?? new Uint8Array(),
  };
}

export function fromWireInfo(wire: WireInfo): FlightInfo {
  const totalRecords = Number(wire.totalRecords);
  const totalBytes = Number(wire.totalBytes);
  return {
    ...(wire.schema.byteLength > 0 && { schema: decodeEncapsulatedSchema(wire.schema) }),
    ...(wire.descriptor && { descriptor: fromWireDescriptor(wire.descriptor) }),
    endpoints: wire.endpoints.map(({ ticket, locations, metadata }) => ({
      ticket: ticket ? plainBytes(ticket.ticket) : new Uint8Array(),
      locations: locations.map(({ uri }) => uri),
      ...(metadata.byteLength > 0 && { metadata: plainBytes(metadata) }),
    })),
    ...(totalRecords >= 0 && { totalRecords }),
    ...(totalBytes >= 0 && { totalBytes }),
    ordered: wire.ordered,
    ...(wire.metadata.byteLength > 0 && { metadata: plainBytes(wire.metadata) }),
  };
}
