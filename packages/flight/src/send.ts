import type { Schema } from "apache-arrow";
import { untilAborted } from "./abortable.ts";
import { batchLength, type FlightBatch, rowTooLarge, sliceBatch } from "./batch.ts";
import { encodeBatch, encodeSchema } from "./encode-batch.ts";
import { FlightError } from "./errors.ts";
import { type FlightData, messageParts, ScatteredMessage } from "./flight-data.ts";

/** One message of a stream: a batch, bytes of the application's own, or both. */
export type FlightOutput = { batch?: FlightBatch; metadata?: Uint8Array };

/** The writing half of a gRPC call, server's or client's. */
export type MessageSink = {
  write(message: object, callback: () => void): boolean;
};

/**
 * Writes one stream, one message at a time. The write callback, not `drain`, paces it: the high-water mark of a
 * gRPC stream counts messages, so waiting for `drain` would let 16 of them pile up.
 */
export class FlightSender {
  readonly #sink: MessageSink;
  readonly #signal: AbortSignal;
  readonly #limit: number;
  #schema: Schema | undefined;
  #descriptor: Uint8Array | undefined;

  constructor(sink: MessageSink, signal: AbortSignal, maxMessageSize: number) {
    this.#sink = sink;
    this.#signal = signal;
    this.#limit = maxMessageSize;
  }

  /** Goes out with the next message. */
  set descriptor(descriptor: Uint8Array) {
    this.#descriptor = descriptor;
  }

  async begin(schema: Schema): Promise<void> {
    if (this.#schema) throw new FlightError("failed-precondition", "the stream has a schema");
    this.#schema = schema;
    await this.raw({ header: encodeSchema(schema), body: [] });
  }

  /** A batch over the limit goes out as several, with the metadata on the last of them. */
  async send({ batch, metadata }: FlightOutput): Promise<void> {
    if (!batch) {
      if (!metadata) throw new TypeError("Expected a batch or metadata, got neither");
      await this.raw({ metadata });
      return;
    }
    if (!this.#schema) throw new FlightError("failed-precondition", "a batch before the schema");
    const encoded = encodeBatch(this.#schema, batch);
    const message = this.#lay({ ...encoded, ...(metadata && { metadata }) });
    if (message.byteLength <= this.#limit) return this.#write(message);
    const length = batchLength(batch);
    if (length <= 1) throw rowTooLarge(message.byteLength, this.#limit);
    const half = Math.ceil(length / 2);
    await this.send({ batch: sliceBatch(batch, 0, half) });
    await this.send({
      batch: sliceBatch(batch, half, length),
      ...(metadata && { metadata }),
    });
  }

  /** @throws {FlightError} `too-large` */
  async raw(data: FlightData): Promise<void> {
    const message = this.#lay(data);
    const { byteLength } = message;
    if (byteLength > this.#limit) {
      const reason = `a message of ${byteLength} bytes, the limit is ${this.#limit}`;
      throw new FlightError("too-large", reason);
    }
    await this.#write(message);
  }

  #lay(data: FlightData): ScatteredMessage {
    const descriptor = this.#descriptor;
    return new ScatteredMessage(messageParts(descriptor ? { descriptor, ...data } : data));
  }

  async #write(message: ScatteredMessage): Promise<void> {
    this.#descriptor = undefined;
    await writePaced(this.#sink, message, this.#signal);
  }
}

/** Resolves when the message has left for the socket. */
export async function writePaced(
  sink: MessageSink,
  message: object,
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const written = new Promise<void>((resolve) => sink.write(message, resolve));
  // A call that is over drops its callbacks, so the wait has to end with the call as well.
  await untilAborted(written, signal);
}
