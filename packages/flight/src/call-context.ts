import { Metadata, type ServerDuplexStream, type ServerUnaryCall } from "@grpc/grpc-js";
import { FlightError } from "./errors.ts";
import type { FlightCall } from "./handlers.ts";

type Rpc = Pick<
  ServerUnaryCall<object, object> | ServerDuplexStream<object, object>,
  "cancelled" | "getPeer" | "metadata" | "off" | "on" | "sendMetadata"
>;

export class CallContext implements FlightCall {
  readonly signal: AbortSignal;
  readonly peer: string;
  readonly #rpc: Rpc;
  readonly #abort = new AbortController();
  readonly #onCancelled: () => void;
  #headers: Metadata | undefined;

  constructor(rpc: Rpc) {
    this.#rpc = rpc;
    this.signal = this.#abort.signal;
    this.peer = rpc.getPeer();
    this.#onCancelled = () => {
      this.#abort.abort(new FlightError("cancelled", `${this.peer} ended the call`));
    };
    rpc.on("cancelled", this.#onCancelled);
    if (rpc.cancelled) this.#onCancelled();
  }

  header(name: string): string | undefined {
    return this.#rpc.metadata.get(name)[0]?.toString();
  }

  setHeader(name: string, value: string): void {
    this.#headers ??= new Metadata();
    this.#headers.set(name, value);
  }

  flushHeaders(): void {
    if (this.#headers) this.#rpc.sendMetadata(this.#headers);
    this.#headers = undefined;
  }

  /** grpc-js reports a call that ended well as cancelled too; the handler is told of neither after its end. */
  end(): void {
    this.#rpc.off("cancelled", this.#onCancelled);
  }
}
