import type { ClientDuplexStream, ClientReadableStream } from "@grpc/grpc-js";
import { untilAbortedEach } from "./abortable.ts";
import { FlightError } from "./errors.ts";
import { fromRpcError } from "./status.ts";

type Streaming = ClientReadableStream<object> | ClientDuplexStream<object, object>;

/** One streaming call: ends by itself, by the caller's signal, or when its answers are left unread. */
export class ClientCall {
  /** Aborts when the call is over, however it ended; what is still to be written is lost. */
  readonly over: AbortSignal;
  readonly #what: string;
  readonly #rpc: Streaming;
  readonly #stop: AbortSignal | undefined;

  constructor(what: string, rpc: Streaming, signal?: AbortSignal) {
    const over = new AbortController();
    this.over = over.signal;
    this.#what = what;
    this.#rpc = rpc;
    this.#stop = signal;
    const onAbort = () => {
      over.abort(signal?.reason);
      rpc.cancel();
    };
    // Without a listener of its own an error would be thrown out of the event loop.
    rpc.on("error", (error) => over.abort(fromRpcError(error, what)));
    rpc.on("status", () => {
      signal?.removeEventListener("abort", onAbort);
      over.abort(new FlightError("aborted", `${what}: the server has ended the call`));
    });
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  }

  /** What the server sends, read as it is asked for. Leaving early cancels the call. */
  async *answers<T>(): AsyncGenerator<T, void, void> {
    let ended = false;
    try {
      // Not the stream's own iterator, whose end would destroy a call that may still have to write.
      const messages: AsyncIterable<T> = this.#rpc.iterator({ destroyOnReturn: false });
      yield* this.#stop ? untilAbortedEach(messages, this.#stop) : messages;
      ended = true;
    } catch (error) {
      ended = true;
      throw this.#stop?.aborted ? this.#stop.reason : fromRpcError(error, this.#what);
    } finally {
      if (!ended) this.#rpc.cancel();
    }
  }
}
