import { DataType, type Field, type RecordBatch, type Schema } from "apache-arrow";
import { Buffer as FbBuffer } from "apache-arrow/fb/buffer";
import { Field as FbField } from "apache-arrow/fb/field";
import { FieldNode } from "apache-arrow/fb/field-node";
import { Message } from "apache-arrow/fb/message";
import { MessageHeader } from "apache-arrow/fb/message-header";
import { MetadataVersion } from "apache-arrow/fb/metadata-version";
import { RecordBatch as FbRecordBatch } from "apache-arrow/fb/record-batch";
import { Schema as FbSchema } from "apache-arrow/fb/schema";
import { Time } from "apache-arrow/fb/time";
import { Timestamp } from "apache-arrow/fb/timestamp";
import { instance as types } from "apache-arrow/visitor/typeassembler";
import { Builder } from "flatbuffers";
import { BatchLayout } from "./batch-layout.ts";

const endOfStream = Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);

/**
 * A schema message, byte for byte as pyarrow writes it, like all here: the library's own encoder means the same with
 * other bytes, which no server is known to have met. Fields of a table go in by falling size, last one first.
 * Metadata are left out: a table has no place for them.
 */
export function schemaMessage(schema: Schema): Uint8Array {
  const builder = new Builder(1024);
  const fields = schema.fields.map((field) => encodeField(builder, field));
  const vector = FbSchema.createFieldsVector(builder, fields);
  FbSchema.startSchema(builder);
  FbSchema.addFields(builder, vector);
  return enclose(builder, FbSchema.endSchema(builder), MessageHeader.Schema, 0);
}

/** A stream of one batch: schema, batch, end. */
export function batchStream(batch: RecordBatch): Uint8Array {
  const layout = new BatchLayout(batch.data.children);
  const builder = new Builder(1024);
  FbRecordBatch.startNodesVector(builder, layout.nodes.length);
  for (const { length, nullCount } of layout.nodes.toReversed()) {
    FieldNode.createFieldNode(builder, BigInt(length), BigInt(nullCount));
  }
  const nodes = builder.endVector();
  FbRecordBatch.startBuffersVector(builder, layout.buffers.length);
  for (const { offset, bytes } of layout.buffers.toReversed()) {
    FbBuffer.createBuffer(builder, BigInt(offset), BigInt(bytes.byteLength));
  }
  const buffers = builder.endVector();
  FbRecordBatch.startRecordBatch(builder);
  FbRecordBatch.addLength(builder, BigInt(batch.numRows));
  FbRecordBatch.addBuffers(builder, buffers);
  FbRecordBatch.addNodes(builder, nodes);
  const header = FbRecordBatch.endRecordBatch(builder);

  const schema = schemaMessage(batch.schema);
  const message = enclose(builder, header, MessageHeader.RecordBatch, layout.size);
  const start = schema.byteLength + message.byteLength;
  const stream = new Uint8Array(start + layout.size + endOfStream.byteLength);
  stream.set(schema);
  stream.set(message, schema.byteLength);
  for (const { offset, bytes } of layout.buffers) stream.set(bytes, start + offset);
  stream.set(endOfStream, start + layout.size);
  return stream;
}

function encodeField(builder: Builder, field: Field): number {
  const { type } = field;
  const children = (type.children ?? []).map((child: Field) => encodeField(builder, child));
  const typeAt = encodeType(builder, type);
  const name = builder.createString(field.name);
  const vector = FbField.createChildrenVector(builder, children);
  FbField.startField(builder);
  FbField.addChildren(builder, vector);
  FbField.addType(builder, typeAt);
  FbField.addName(builder, name);
  FbField.addTypeType(builder, type.typeId);
  FbField.addNullable(builder, field.nullable);
  return FbField.endField(builder);
}

/** The library's assembler, but for two types whose fields it adds in another order. */
function encodeType(builder: Builder, type: DataType): number {
  if (DataType.isTime(type)) {
    Time.startTime(builder);
    Time.addBitWidth(builder, type.bitWidth);
    Time.addUnit(builder, type.unit);
    return Time.endTime(builder);
  }
  if (DataType.isTimestamp(type)) {
    const zone = type.timezone ? builder.createString(type.timezone) : 0;
    Timestamp.startTimestamp(builder);
    Timestamp.addTimezone(builder, zone);
    Timestamp.addUnit(builder, type.unit);
    return Timestamp.endTimestamp(builder);
  }
  return types.visit(type, builder) ?? 0;
}

/** Continuation mark, length, message, padded to 8. */
function enclose(
  builder: Builder,
  header: number,
  type: MessageHeader,
  bodySize: number,
): Uint8Array {
  Message.startMessage(builder);
  Message.addBodyLength(builder, BigInt(bodySize));
  Message.addHeader(builder, header);
  Message.addVersion(builder, MetadataVersion.V5);
  Message.addHeaderType(builder, type);
  builder.finish(Message.endMessage(builder));
  const message = builder.asUint8Array();
  const size = Math.ceil(message.byteLength / 8) * 8;
  const bytes = new Uint8Array(8 + size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0xffffffff, true);
  view.setUint32(4, size, true);
  bytes.set(message, 8);
  return bytes;
}
