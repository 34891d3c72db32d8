import { fromJSON, type MethodDefinition } from "@grpc/proto-loader";

/** The messages and the service of Arrow Flight, by field number (Apache Arrow, Flight RPC protocol). */
const messages = {
  HandshakeRequest: { protocolVersion: ["uint64", 1], payload: ["bytes", 2] },
  HandshakeResponse: { protocolVersion: ["uint64", 1], payload: ["bytes", 2] },
  Empty: {},
  ActionType: { type: ["string", 1], description: ["string", 2] },
  Criteria: { expression: ["bytes", 1] },
  Action: { type: ["string", 1], body: ["bytes", 2] },
  Result: { body: ["bytes", 1] },
  SchemaResult: { schema: ["bytes", 1] },
  FlightDescriptor: { type: ["int32", 1], cmd: ["bytes", 2], path: ["string", 3, "repeated"] },
  FlightInfo: {
    schema: ["bytes", 1],
    descriptor: ["FlightDescriptor", 2],
    endpoints: ["FlightEndpoint", 3, "repeated"],
    totalRecords: ["int64", 4],
    totalBytes: ["int64", 5],
    ordered: ["bool", 6],
    metadata: ["bytes", 7],
  },
  FlightEndpoint: {
    ticket: ["Ticket", 1],
    locations: ["Location", 2, "repeated"],
    metadata: ["bytes", 4],
  },
  Location: { uri: ["string", 1] },
  Ticket: { ticket: ["bytes", 1] },
  FlightData: {
    descriptor: ["FlightDescriptor", 1],
    header: ["bytes", 2],
    metadata: ["bytes", 3],
    body: ["bytes", 1000],
  },
  PutResult: { metadata: ["bytes", 1] },
} as const satisfies Record<string, Record<string, readonly [string, number, "repeated"?]>>;

const methods = {
  Handshake: ["stream HandshakeRequest", "stream HandshakeResponse"],
  ListFlights: ["Criteria", "stream FlightInfo"],
  GetFlightInfo: ["FlightDescriptor", "FlightInfo"],
  GetSchema: ["FlightDescriptor", "SchemaResult"],
  DoGet: ["Ticket", "stream FlightData"],
  DoPut: ["stream FlightData", "stream PutResult"],
  DoExchange: ["stream FlightData", "stream FlightData"],
  DoAction: ["Action", "stream Result"],
  ListActions: ["Empty", "stream ActionType"],
} as const;

export type MethodName = keyof typeof methods;
export type Method = MethodDefinition<object, object>;

const service = "arrow.flight.protocol.FlightService";

/** One definition per method, with proto-loader's serializers; `FlightData` has its own, see flight-data.ts. */
export const definitions: Record<MethodName, Method> = load();

function load(): Record<MethodName, Method> {
  const types = Object.entries(messages).map(([name, fields]) => [
    name,
    {
      fields: Object.fromEntries(
        Object.entries<readonly [string, number, "repeated"?]>(fields).map(
          ([field, [type, id, rule]]) => [field, { type, id, ...(rule && { rule }) }],
        ),
      ),
    },
  ]);
  const rpcs = Object.entries(methods).map(([name, [request, response]]) => [
    name,
    {
      requestType: request.replace("stream ", ""),
      responseType: response.replace("stream ", ""),
      requestStream: request.startsWith("stream "),
      responseStream: response.startsWith("stream "),
    },
  ]);
  const nested = {
    ...Object.fromEntries(types),
    FlightService: { methods: Object.fromEntries(rpcs) },
  };
  const root = {
    nested: { arrow: { nested: { flight: { nested: { protocol: { nested } } } } } },
  };
  const loaded = fromJSON(root, { longs: String, defaults: true, arrays: true });
  return loaded[service] as Record<MethodName, Method>;
}

/** Fields as proto-loader hands them out: 64-bit integers are decimal strings. */
export type WireDescriptor = { type: number; cmd: Uint8Array; path: readonly string[] };
type WireLocation = { uri: string };
type WireEndpoint = {
  ticket: { ticket: Uint8Array } | null;
  locations: readonly WireLocation[];
  metadata: Uint8Array;
};
export type WireInfo = {
  schema: Uint8Array;
  descriptor: WireDescriptor | null;
  endpoints: readonly WireEndpoint[];
  totalRecords: string;
  totalBytes: string;
  ordered: boolean;
  metadata: Uint8Array;
};
