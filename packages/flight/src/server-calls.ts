import {
  type handleServerStreamingCall,
  type handleUnaryCall,
  Metadata,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from "@grpc/grpc-js";
import { untilAbortedEach } from "./abortable.ts";
import { CallContext } from "./call-context.ts";
import { encapsulateSchema } from "./encode-batch.ts";
import { FlightError } from "./errors.ts";
import { fromWireDescriptor, toWireInfo } from "./flight-info.ts";
import type { ExchangeStream, FlightAction, FlightCall, FlightHandlers, Many } from "./handlers.ts";
import { plainBytes } from "./plain-bytes.ts";
import type { MethodName, WireDescriptor } from "./protocol.ts";
import { FlightReader } from "./receive.ts";
import { FlightSender, writePaced } from "./send.ts";
import { toStatus } from "./status.ts";

export type ErrorListener = (error: unknown, call: { method: string; peer: string }) => void;
type Settings = { maxMessageSize: number; onError: ErrorListener };

type Payload = { payload: Uint8Array };
type Streaming = ServerWritableStream<object, object> | ServerDuplexStream<object, object>;
type Unary = ServerUnaryCall<object, object>;
type Calls = Record<
  MethodName,
  handleUnaryCall<object, object> | handleServerStreamingCall<object, object>
>;

/** The gRPC side of {@link FlightHandlers}: one function per method, all errors told as statuses. */
export function serverCalls(handlers: FlightHandlers, settings: Settings): Calls {
  const unary =
    (method: MethodName, run: (request: object, call: FlightCall) => Promise<object>) =>
    (rpc: Unary, answer: Parameters<handleUnaryCall<object, object>>[1]) => {
      const context = new CallContext(rpc);
      run(rpc.request, context)
        .then(
          (response) => answer(null, response),
          (error: unknown) => answer(report(error, method, rpc)),
        )
        .finally(() => context.end());
    };

  const streaming =
    (method: MethodName, run: (rpc: Streaming, call: CallContext) => Promise<void>) =>
    (rpc: Streaming) => {
      const context = new CallContext(rpc);
      run(rpc, context)
        .then(() => context.flushHeaders())
        .then(
          () => rpc.end(),
          (error: unknown) => rpc.emit("error", report(error, method, rpc)),
        )
        .finally(() => context.end());
    };

  const report = (error: unknown, method: MethodName, rpc: Unary | Streaming) => {
    if (!rpc.cancelled) settings.onError(error, { method, peer: rpc.getPeer() });
    return { ...toStatus(error), metadata: new Metadata() };
  };

  const items = async <T>(
    rpc: Streaming,
    call: CallContext,
    all: Many<T>,
    wire: (item: T) => object,
  ) => {
    for await (const item of untilAbortedEach(all, call.signal)) {
      call.flushHeaders();
      await writePaced(rpc, wire(item), call.signal);
    }
  };

  const flight = async (rpc: Streaming, call: CallContext, stream: ExchangeStream) => {
    const sender = new FlightSender(rpc, call.signal, settings.maxMessageSize);
    call.flushHeaders();
    if (stream.schema) await sender.begin(stream.schema);
    for await (const message of untilAbortedEach(stream.messages, call.signal)) {
      await sender.send(message);
    }
  };

  return {
    ListFlights: streaming("ListFlights", async (rpc, call) => {
      const { expression } = requestOf<{ expression: Uint8Array }>(rpc);
      const list = needed(handlers, "listFlights");
      await items(rpc, call, list(plainBytes(expression), call), toWireInfo);
    }),
    GetFlightInfo: unary("GetFlightInfo", async (request, call) => {
      const get = needed(handlers, "getFlightInfo");
      return toWireInfo(await get(fromWireDescriptor(request as WireDescriptor), call));
    }),
    GetSchema: unary("GetSchema", async (request, call) => {
      const get = needed(handlers, "getSchema");
      const schema = await get(fromWireDescriptor(request as WireDescriptor), call);
      return { schema: encapsulateSchema(schema) };
    }),
    DoGet: streaming("DoGet", async (rpc, call) => {
      const { ticket } = requestOf<{ ticket: Uint8Array }>(rpc);
      await flight(rpc, call, await needed(handlers, "doGet")(plainBytes(ticket), call));
    }),
    DoPut: streaming("DoPut", async (rpc, call) => {
      const results = needed(handlers, "doPut")(new FlightReader(incoming(rpc, call)), call);
      await items(rpc, call, results, (metadata) => ({ metadata }));
    }),
    DoExchange: streaming("DoExchange", async (rpc, call) => {
      const exchange = needed(handlers, "doExchange");
      await flight(rpc, call, await exchange(new FlightReader(incoming(rpc, call)), call));
    }),
    DoAction: streaming("DoAction", async (rpc, call) => {
      const { type, body } = requestOf<FlightAction>(rpc);
      const results = needed(handlers, "doAction")({ type, body: plainBytes(body) }, call);
      await items(rpc, call, results, (body) => ({ body }));
    }),
    ListActions: streaming("ListActions", async (rpc, call) => {
      const list = needed(handlers, "listActions");
      await items(rpc, call, list(call), (action) => action);
    }),
    Handshake: streaming("Handshake", async (rpc, call) => {
      const answers = needed(handlers, "handshake")(payloads(rpc, call), call);
      await items(rpc, call, answers, (payload) => ({ payload }));
    }),
  };
}

/** Leaving a `for await` over a duplex call destroys it, and the caller then waits for ever; this iterator does not. */
async function* incoming<T = Uint8Array>(rpc: Streaming, call: FlightCall): AsyncGenerator<T> {
  const messages: AsyncIterable<T> = (rpc as ServerDuplexStream<object, object>).iterator({
    destroyOnReturn: false,
  });
  yield* untilAbortedEach(messages, call.signal);
}

async function* payloads(rpc: Streaming, call: FlightCall): AsyncGenerator<Uint8Array> {
  for await (const { payload } of incoming<Payload>(rpc, call)) yield plainBytes(payload);
}

function requestOf<T>(rpc: Streaming): T {
  return (rpc as ServerWritableStream<object, object>).request as T;
}

type Name = keyof FlightHandlers;

function needed<N extends Name>(handlers: FlightHandlers, name: N): NonNullable<FlightHandlers[N]> {
  const handler = handlers[name];
  if (!handler) throw new FlightError("unsupported", `this server has no ${name}`);
  return handler.bind(handlers) as NonNullable<FlightHandlers[N]>;
}
