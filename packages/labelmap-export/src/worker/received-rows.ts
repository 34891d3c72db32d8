import type { FlightReader } from "@pocaduck/flight";
import type { RecordBatch } from "apache-arrow";
import { ExportError } from "../errors.ts";
import { decodeJson, type RowsEnd } from "../protocol.ts";
import { RowDigest } from "../rows/digest.ts";
import type { TaskRows } from "../sinks/sink.ts";

/** Rows as they come from the service, compared at their end with what it says it sent. */
export class ReceivedRows implements TaskRows {
  readonly batches: AsyncIterable<RecordBatch>;
  readonly #digest = new RowDigest();
  #end: RowsEnd | undefined;

  /** @param onMove told whenever rows have come, and whenever more are asked for */
  constructor(stream: FlightReader, onMove: () => void = () => undefined) {
    this.batches = this.#read(stream, onMove);
  }

  digest(): string {
    const digest = this.#digest.digest();
    const { rows } = this.#digest;
    if (this.#end && this.#end.rows === rows && this.#end.digest === digest) return digest;
    const sent = this.#end ? `${this.#end.rows} rows of digest ${this.#end.digest}` : "no end";
    throw new ExportError(
      "corrupt",
      `${rows} rows of digest ${digest} came, and of ${sent} was told`,
    );
  }

  async *#read(stream: FlightReader, onMove: () => void): AsyncGenerator<RecordBatch> {
    for await (const { batch, metadata } of stream) {
      if (batch) {
        onMove();
        this.#digest.addArrow(batch);
        yield batch;
        onMove();
      }
      if (metadata) this.#end = decodeJson<RowsEnd>(metadata);
    }
  }
}
