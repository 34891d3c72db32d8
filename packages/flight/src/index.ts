export type { Tokens } from "./auth.ts";
export type { FixedWidthArray, FlightBatch, ScatterBatch, ScatterColumn } from "./batch.ts";
export { batchLength, sliceBatch } from "./batch.ts";
export { type CallOptions, connectFlight, type FlightClient } from "./client.ts";
export type { ClientTls, ConnectOptions } from "./connect.ts";
export { FlightError, type FlightErrorCode, isFlightError } from "./errors.ts";
export type { FlightDescriptor, FlightEndpoint, FlightInfo } from "./flight-info.ts";
export type {
  ExchangeStream,
  FlightAction,
  FlightActionType,
  FlightCall,
  FlightHandlers,
  FlightStream,
  Many,
} from "./handlers.ts";
export type { Login } from "./login.ts";
export type { FlightMessage, FlightReader } from "./receive.ts";
export type { Serializer } from "./rpc.ts";
export type { FlightOutput } from "./send.ts";
export { type FlightServer, type ServeOptions, type ServerTls, serveFlight } from "./server.ts";
export type { ErrorListener } from "./server-calls.ts";
export type { FlightWriter } from "./writer.ts";
