import type { ClientDuplexStream } from "@grpc/grpc-js";
import type { Schema } from "apache-arrow";
import type { ClientCall } from "./client-call.ts";
import { encodeDescriptor, type FlightDescriptor } from "./flight-info.ts";
import { type FlightOutput, FlightSender } from "./send.ts";

/**
 * The sending half of DoPut and DoExchange. Each method resolves when its message has left for the socket, so
 * awaiting them bounds what is buffered; do not start one before the last has resolved.
 */
export class FlightWriter {
  readonly #rpc: ClientDuplexStream<object, object>;
  readonly #sender: FlightSender;

  constructor(
    rpc: ClientDuplexStream<object, object>,
    call: ClientCall,
    descriptor: FlightDescriptor,
    maxMessageSize: number,
  ) {
    this.#rpc = rpc;
    this.#sender = new FlightSender(rpc, call.over, maxMessageSize);
    this.#sender.descriptor = encodeDescriptor(descriptor);
  }

  /** Sends the descriptor alone: for an exchange in which the server speaks first. */
  open(): Promise<void> {
    return this.#sender.raw({});
  }

  /** Before the first batch. */
  begin(schema: Schema): Promise<void> {
    return this.#sender.begin(schema);
  }

  write(output: FlightOutput): Promise<void> {
    return this.#sender.send(output);
  }

  /** Nothing more follows; the server may still answer. */
  end(): void {
    this.#rpc.end();
  }
}
