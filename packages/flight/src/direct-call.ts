import type { ServerHttp2Stream } from "node:http2";
import {
  Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
} from "@grpc/grpc-js";
import { ScatteredMessage } from "./flight-data.ts";

/**
 * Writes scattered messages to the HTTP/2 stream itself, as references that reach the socket uncopied: grpc-js
 * would lay each out in a fresh frame, which costs as much as all the rest. The stream is a private field of its
 * innermost call; where there is none, messages go through grpc-js, which copies them once.
 */
export const directInterceptor: ServerInterceptor = (_, call) => {
  const { stream } = call as ServerInterceptingCallInterface & { stream?: ServerHttp2Stream };
  if (typeof stream?.cork !== "function") return new ServerInterceptingCall(call);
  return new DirectCall(call, stream);
};

class DirectCall extends ServerInterceptingCall {
  readonly #stream: ServerHttp2Stream;
  #begun = false;

  constructor(call: ServerInterceptingCallInterface, stream: ServerHttp2Stream) {
    super(call);
    this.#stream = stream;
  }

  override sendMessage(message: unknown, callback: () => void): void {
    if (!(message instanceof ScatteredMessage)) {
      super.sendMessage(message, callback);
      return;
    }
    const stream = this.#stream;
    if (stream.destroyed || stream.closed) return;
    if (!this.#begun) this.sendMetadata(new Metadata());
    this.#begun = true;
    const parts = message.framed();
    stream.cork();
    for (const part of parts.slice(0, -1)) stream.write(part);
    stream.write(parts.at(-1), (error) => {
      if (!error) callback();
    });
    stream.uncork();
  }
}
