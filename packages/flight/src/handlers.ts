import type { Schema } from "apache-arrow";
import type { FlightDescriptor, FlightInfo } from "./flight-info.ts";
import type { FlightReader } from "./receive.ts";
import type { FlightOutput } from "./send.ts";

export type Many<T> = AsyncIterable<T> | Iterable<T>;

/** What a handler sends: each message is taken when the one before has left. */
export type FlightStream = { schema: Schema; messages: Many<FlightOutput> };

export type FlightAction = { type: string; body: Uint8Array };
export type FlightActionType = { type: string; description: string };

/** The circumstances of one call. */
export interface FlightCall {
  /** Aborts when the caller cancels, goes away, or runs out of time. A handler that waits has to wake on it. */
  readonly signal: AbortSignal;
  readonly peer: string;
  header(name: string): string | undefined;
  /** Only before the first message of the answer. */
  setHeader(name: string, value: string): void;
}

/**
 * Every method is optional; an absent one answers `UNIMPLEMENTED`. What a handler throws ends the call: a
 * `FlightError` with its own code and message, anything else with neither, so that no internals leak.
 */
export interface FlightHandlers {
  listFlights?(criteria: Uint8Array, call: FlightCall): Many<FlightInfo>;
  getFlightInfo?(descriptor: FlightDescriptor, call: FlightCall): FlightInfo | Promise<FlightInfo>;
  getSchema?(descriptor: FlightDescriptor, call: FlightCall): Schema | Promise<Schema>;
  /** There is no acknowledgement: that a message left does not mean that it was read. */
  doGet?(ticket: Uint8Array, call: FlightCall): FlightStream | Promise<FlightStream>;
  /** Yields the metadata of each `PutResult`. Input not asked for is not read. */
  doPut?(input: FlightReader, call: FlightCall): Many<Uint8Array>;
  /** The schema may be left out when every message is bare metadata. */
  doExchange?(input: FlightReader, call: FlightCall): ExchangeStream | Promise<ExchangeStream>;
  doAction?(action: FlightAction, call: FlightCall): Many<Uint8Array>;
  listActions?(call: FlightCall): Many<FlightActionType>;
  /** Needs no token. Yields the payloads to answer with; basic authentication answers with `setHeader`. */
  handshake?(payloads: AsyncIterable<Uint8Array>, call: FlightCall): Many<Uint8Array>;
}

export type ExchangeStream = { schema?: Schema; messages: Many<FlightOutput> };
