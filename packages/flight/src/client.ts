import { Client, type ClientDuplexStream, type Metadata } from "@grpc/grpc-js";
import type { Schema } from "apache-arrow";
import { ClientCall } from "./client-call.ts";
import { type ConnectOptions, channelCredentials, channelOptions, parseUri } from "./connect.ts";
import { decodeEncapsulatedSchema } from "./decode-batch.ts";
import {
  type FlightDescriptor,
  type FlightInfo,
  fromWireInfo,
  toWireDescriptor,
} from "./flight-info.ts";
import type { FlightAction, FlightActionType } from "./handlers.ts";
import { type Login, Session } from "./login.ts";
import { plainBytes } from "./plain-bytes.ts";
import type { Method, MethodName, WireInfo } from "./protocol.ts";
import { FlightReader } from "./receive.ts";
import { defaultMaxMessageSize, flightMethods } from "./rpc.ts";
import { writePaced } from "./send.ts";
import { fromRpcError } from "./status.ts";
import { FlightWriter } from "./writer.ts";

export type CallOptions = {
  signal?: AbortSignal;
  timeoutMs?: number;
  headers?: Readonly<Record<string, string>>;
};

/** Starts no connection; the first call does. */
export function connectFlight(uri: string, options: ConnectOptions = {}): FlightClient {
  return new FlightClient(uri, options);
}

/**
 * Failures of a call are a `FlightError`; an abort by the caller rejects with the signal's reason. Streams hold at
 * most 16 messages that were not asked for yet, plus the flow-control window.
 */
export class FlightClient {
  readonly #rpc: Client;
  readonly #uri: string;
  readonly #session: Session;
  readonly #methods: Record<MethodName, Method>;
  readonly #maxMessageSize: number;

  constructor(uri: string, options: ConnectOptions) {
    const { address, host, secure } = parseUri(uri);
    this.#uri = uri;
    this.#session = new Session(options, secure, host);
    this.#maxMessageSize = options.maxMessageSize ?? defaultMaxMessageSize;
    this.#methods = flightMethods(options.serializer ?? "scatter");
    this.#rpc = new Client(address, channelCredentials(secure, options), channelOptions(options));
  }

  /** Leaving the iteration early cancels the call. */
  doGet(ticket: Uint8Array, options: CallOptions = {}): FlightReader {
    return new FlightReader(this.#stream<Uint8Array>("DoGet", { ticket }, options));
  }

  /**
   * `results` are the metadata of the server's answers. Read them while writing: a server whose answers nobody
   * takes stops reading.
   */
  doPut(
    descriptor: FlightDescriptor,
    options: CallOptions = {},
  ): { writer: FlightWriter; results: AsyncIterable<Uint8Array> } {
    const { rpc, call } = this.#duplex("DoPut", options);
    const writer = new FlightWriter(rpc, call, descriptor, this.#maxMessageSize);
    return {
      writer,
      results: each(call.answers<{ metadata: Uint8Array }>(), (r) => plainBytes(r.metadata)),
    };
  }

  doExchange(
    descriptor: FlightDescriptor,
    options: CallOptions = {},
  ): { writer: FlightWriter; reader: FlightReader } {
    const { rpc, call } = this.#duplex("DoExchange", options);
    const writer = new FlightWriter(rpc, call, descriptor, this.#maxMessageSize);
    return { writer, reader: new FlightReader(call.answers()) };
  }

  doAction(action: FlightAction, options: CallOptions = {}): AsyncIterable<Uint8Array> {
    return each(this.#stream<{ body: Uint8Array }>("DoAction", action, options), (r) =>
      plainBytes(r.body),
    );
  }

  listActions(options: CallOptions = {}): AsyncIterable<FlightActionType> {
    return this.#stream("ListActions", {}, options);
  }

  listFlights(
    criteria: Uint8Array = new Uint8Array(),
    options: CallOptions = {},
  ): AsyncIterable<FlightInfo> {
    const request = { expression: criteria };
    return each(this.#stream<WireInfo>("ListFlights", request, options), fromWireInfo);
  }

  async getFlightInfo(
    descriptor: FlightDescriptor,
    options: CallOptions = {},
  ): Promise<FlightInfo> {
    const request = toWireDescriptor(descriptor);
    return fromWireInfo(await this.#unary<WireInfo>("GetFlightInfo", request, options));
  }

  async getSchema(descriptor: FlightDescriptor, options: CallOptions = {}): Promise<Schema> {
    const request = toWireDescriptor(descriptor);
    const { schema } = await this.#unary<{ schema: Uint8Array }>("GetSchema", request, options);
    return decodeEncapsulatedSchema(schema);
  }

  /** Sends the payloads and returns the answers; calls made after it carry the token it brought. */
  async handshake(login: Login = {}, options: CallOptions = {}): Promise<Uint8Array[]> {
    const headers = { ...this.#session.loginHeaders(login), ...options.headers };
    const { rpc, call } = this.#duplex("Handshake", { ...options, headers });
    rpc.on("metadata", (metadata: Metadata) => this.#session.learnFrom(metadata));
    for (const payload of login.payloads ?? []) await writePaced(rpc, { payload }, call.over);
    rpc.end();
    const answers: Uint8Array[] = [];
    for await (const { payload } of call.answers<{ payload: Uint8Array }>())
      answers.push(plainBytes(payload));
    this.#session.learn(answers);
    return answers;
  }

  close(): void {
    this.#rpc.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #stream<T>(name: MethodName, request: object, options: CallOptions): AsyncGenerator<T> {
    const { path, requestSerialize, responseDeserialize } = this.#methods[name];
    const rpc = this.#rpc.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      this.#session.metadata(options.headers),
      deadline(options),
    );
    return new ClientCall(this.#what(name), rpc, options.signal).answers<T>();
  }

  #duplex(
    name: MethodName,
    options: CallOptions,
  ): { rpc: ClientDuplexStream<object, object>; call: ClientCall } {
    const { path, requestSerialize, responseDeserialize } = this.#methods[name];
    const rpc = this.#rpc.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      this.#session.metadata(options.headers),
      deadline(options),
    );
    return { rpc, call: new ClientCall(this.#what(name), rpc, options.signal) };
  }

  #unary<T>(name: MethodName, request: object, options: CallOptions): Promise<T> {
    const { path, requestSerialize, responseDeserialize } = this.#methods[name];
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const onAbort = () => rpc.cancel();
      const rpc = this.#rpc.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        this.#session.metadata(options.headers),
        deadline(options),
        (error, response) => {
          signal?.removeEventListener("abort", onAbort);
          if (signal?.aborted) reject(signal.reason);
          else if (error) reject(fromRpcError(error, this.#what(name)));
          else resolve(response as T);
        },
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      if (signal?.aborted) onAbort();
    });
  }

  #what(name: MethodName): string {
    return `${name} on ${this.#uri}`;
  }
}

function deadline({ timeoutMs }: CallOptions): { deadline?: number } {
  return timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs };
}

async function* each<T, U>(source: AsyncIterable<T>, map: (item: T) => U): AsyncGenerator<U> {
  for await (const item of source) yield map(item);
}
