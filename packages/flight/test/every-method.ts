import type { RecordBatch } from "apache-arrow";
import {
  FlightError,
  type FlightErrorCode,
  type FlightHandlers,
  type FlightInfo,
  type FlightMessage,
  type FlightOutput,
  type FlightReader,
} from "../src/index.ts";
import { blockRows, blockSchema, bytes, text, told } from "./block-rows.ts";

/** What the endless producer did: batches made, and its ends. */
export const producer: { batches: number; ended: number } = { batches: 0, ended: 0 };
let lastPut: RecordBatch[] = [];

/** A server with every method, told by tickets, descriptors and actions what to do. */
export const handlers: FlightHandlers = {
  doGet(ticket) {
    if (text(ticket) === "endless") return { schema: blockSchema, messages: endless() };
    if (text(ticket) === "last put") {
      const [first] = lastPut;
      if (!first) throw new FlightError("not-found", "nothing was put");
      return { schema: first.schema, messages: lastPut.map((batch) => ({ batch })) };
    }
    const { batches, rows, size } = JSON.parse(text(ticket));
    return { schema: blockSchema, messages: numbered(batches, rows, size) };
  },
  async *doPut(input) {
    const descriptor = await input.descriptor();
    lastPut = [];
    if (JSON.stringify(descriptor) === '{"path":["words"]}') yield await words(input);
    for await (const { batch, metadata } of input) {
      if (!batch) throw new FlightError("invalid-argument", "no batch");
      lastPut.push(batch);
      yield bytes(JSON.stringify({ ...descriptor, metadata: text(metadata), ...told([batch]) }));
    }
  },
  async doExchange(input) {
    const schema = await input.schema();
    return schema ? { schema, messages: echo(input) } : { messages: capitals(input) };
  },
  *doAction({ type, body }) {
    if (type === "fail") fail(text(body));
    yield body;
    yield bytes("second");
  },
  listActions: () => [
    { type: "echo", description: "says it again" },
    { type: "fail", description: "" },
  ],
  *listFlights(criteria) {
    yield info({ path: ["a", text(criteria)] });
    yield {
      descriptor: { command: bytes("c") },
      endpoints: [{ ticket: bytes("t2") }],
      schema: blockSchema,
    };
  },
  getFlightInfo(descriptor) {
    if ("command" in descriptor && text(descriptor.command) === "missing") {
      throw new FlightError("not-found", "no such flight");
    }
    return info(descriptor);
  },
  getSchema: () => blockSchema,
  async *handshake(payloads, call) {
    const basic = call.header("authorization");
    if (basic !== undefined) {
      const [, pair = ""] = basic.split(" ");
      if (Buffer.from(pair, "base64").toString() !== "ada:passw0rd") {
        throw new FlightError("unauthenticated", "wrong name or password");
      }
      call.setHeader("authorization", "Bearer t0ken");
      return;
    }
    for await (const payload of payloads) yield bytes(text(payload).toUpperCase());
  },
};

function fail(code: string): never {
  if (code === "fault") throw new Error("passw0rd");
  throw new FlightError(code as FlightErrorCode, `${code} said so`);
}

function info(descriptor: FlightInfo["descriptor"] & object): FlightInfo {
  return {
    descriptor,
    schema: blockSchema,
    endpoints: [{ ticket: bytes("t1"), locations: ["grpc+tcp://127.0.0.1:1"] }],
    totalRecords: 7,
    totalBytes: 2 ** 53 - 1,
    ordered: true,
    metadata: bytes("app"),
  };
}

async function* endless(): AsyncGenerator<FlightOutput> {
  try {
    for (let start = 0; ; start += 4) {
      producer.batches++;
      yield { batch: blockRows(start, 4, 100_000) };
    }
  } finally {
    producer.ended++;
  }
}

function* numbered(batches: number, rows: number, size: number): Generator<FlightOutput> {
  for (let index = 0; index < batches; index++) {
    yield { batch: blockRows(index, rows, size), metadata: bytes(`m${index}`) };
  }
}

async function* echo(input: AsyncIterable<FlightMessage>): AsyncGenerator<FlightOutput> {
  for await (const message of input) yield message;
}

async function* capitals(input: AsyncIterable<FlightMessage>): AsyncGenerator<FlightOutput> {
  for await (const { metadata } of input) yield { metadata: bytes(text(metadata).toUpperCase()) };
}

async function words(input: FlightReader): Promise<Uint8Array> {
  const rows: unknown[] = [];
  for await (const { batch } of input) {
    for (const row of batch ?? []) rows.push([row.word, row.flag]);
  }
  return bytes(JSON.stringify(rows));
}
