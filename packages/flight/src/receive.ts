import type { RecordBatch, Schema } from "apache-arrow";
import { BatchDecoder } from "./decode-batch.ts";
import { decodeFlightData, type ReceivedData } from "./flight-data.ts";
import { decodeDescriptor, type FlightDescriptor } from "./flight-info.ts";

/** A batch, metadata, or both. Byte columns are views that keep the whole message in memory. */
export type FlightMessage = { batch?: RecordBatch; metadata?: Uint8Array };

/** One incoming stream, read as it is asked for; it has one consumer. */
export class FlightReader implements AsyncIterable<FlightMessage> {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #decoder = new BatchDecoder();
  readonly #early: FlightMessage[] = [];
  #descriptor: FlightDescriptor | undefined;
  #begun = false;
  #ended = false;

  constructor(source: AsyncIterator<Uint8Array>) {
    this.#source = source;
  }

  /** What the peer's first message names; waits for that message. */
  async descriptor(): Promise<FlightDescriptor | undefined> {
    if (!this.#begun) await this.#step();
    return this.#descriptor;
  }

  /** Waits for the first message that says; a stream of bare metadata has none. */
  async schema(): Promise<Schema | undefined> {
    while (!this.#decoder.schema && !this.#ended && this.#early.length === 0) await this.#step();
    return this.#decoder.schema;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FlightMessage, void, void> {
    try {
      while (true) {
        const early = this.#early.shift();
        if (early) yield early;
        else if (this.#ended) return;
        else await this.#step();
      }
    } finally {
      if (!this.#ended) await this.#source.return?.();
    }
  }

  /** Reads one message of the wire, which holds at most one of ours. */
  async #step(): Promise<void> {
    const { done, value } = await this.#source.next();
    this.#begun = true;
    if (done) {
      this.#ended = true;
      return;
    }
    const { descriptor, header, metadata, body }: ReceivedData = decodeFlightData(value);
    if (descriptor) this.#descriptor ??= decodeDescriptor(descriptor);
    const batch = header?.byteLength ? this.#decoder.decode(header, body) : undefined;
    if (batch || metadata) {
      this.#early.push({ ...(batch && { batch }), ...(metadata && { metadata }) });
    }
  }
}
