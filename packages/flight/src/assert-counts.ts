import { DictionaryBatch } from "apache-arrow/fb/dictionary-batch";
import type { Field } from "apache-arrow/fb/field";
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { RecordBatch } from "apache-arrow/fb/record-batch";
import { Schema } from "apache-arrow/fb/schema";
import { ByteBuffer } from "flatbuffers";
import { FlightError } from "./errors.ts";

/**
 * The flatbuffer reader believes every count and reads zeros past the end, so a lie of four bytes could fill the
 * memory. Here all counts together must fit the message that makes them, at four bytes an entry.
 */
export function assertCounts(header: Uint8Array): void {
  let left = header.byteLength / 4;
  const take = (count: number) => {
    left -= count;
    if (count < 0 || left < 0) {
      throw new FlightError(
        "corrupt",
        `arrow message: more entries than ${header.byteLength} bytes`,
      );
    }
  };
  const field = (given: Field | null) => {
    take(1);
    if (!given) return;
    take(given.customMetadataLength());
    take(given.childrenLength());
    for (let index = 0; index < given.childrenLength(); index++) field(given.children(index));
  };
  const batch = (given: RecordBatch | null) => {
    if (!given) throw new FlightError("corrupt", "arrow message: a batch without a header");
    take(given.nodesLength() * 4 + given.buffersLength() * 4);
    take(given.variadicBufferCountsLength() * 2);
  };

  const message = Message.getRootAsMessage(new ByteBuffer(header));
  take(message.customMetadataLength());
  const type = message.headerType();
  if (type === MessageHeader.Schema) {
    const schema: Schema | null = message.header(new Schema());
    if (!schema) throw new FlightError("corrupt", "arrow message: a schema without a header");
    take(schema.customMetadataLength() + schema.featuresLength() + schema.fieldsLength());
    for (let index = 0; index < schema.fieldsLength(); index++) field(schema.fields(index));
  } else if (type === MessageHeader.RecordBatch) {
    batch(message.header(new RecordBatch()));
  } else if (type === MessageHeader.DictionaryBatch) {
    const dictionary: DictionaryBatch | null = message.header(new DictionaryBatch());
    batch(dictionary?.data() ?? null);
  }
}
