import { expect, test } from "vitest";
import {
  connectFlight,
  type FlightCall,
  type FlightHandlers,
  type FlightOutput,
  serveFlight,
} from "../src/index.ts";
import { blockRows, blockSchema, bytes, collect, text } from "./block-rows.ts";

test("an abort by the caller wakes a producer that waits, and ends one that does not", async () => {
  const ended: string[] = [];
  await using server = await serveFlight({
    handlers: {
      doGet: (ticket, call) => ({
        schema: blockSchema,
        messages: produce(text(ticket), call, ended),
      }),
    },
  });
  using client = connectFlight(server.uri);
  for (const kind of ["waits", "produces"]) {
    const stop = new AbortController();
    const reader = client.doGet(bytes(kind), { signal: stop.signal })[Symbol.asyncIterator]();
    await reader.next();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(drain(reader)).rejects.toBe(reason);
    await expect.poll(() => ended).toContain(kind);
  }
});

test("a producer that hears nothing holds up neither the call nor the server's end", async () => {
  const server = await serveFlight({
    handlers: {
      doGet: () => ({ schema: blockSchema, messages: deaf() }),
    },
  });
  using client = connectFlight(server.uri);
  const stop = new AbortController();
  const reader = client.doGet(bytes("t"), { signal: stop.signal })[Symbol.asyncIterator]();
  const next = reader.next();
  stop.abort(new Error("enough"));
  await expect(next).rejects.toThrow("enough");
  await server.close({ graceMs: 10_000 });
});

test("leaving DoGet early cancels it", async () => {
  const ended: string[] = [];
  await using server = await serveFlight({
    handlers: {
      doGet: (_, call) => ({ schema: blockSchema, messages: produce("left", call, ended) }),
    },
  });
  using client = connectFlight(server.uri);
  for await (const { batch } of client.doGet(bytes("t"))) {
    expect(batch?.numRows).toBe(1);
    break;
  }
  await expect.poll(() => ended).toEqual(["left"]);
});

test("a client that goes away is noticed", async () => {
  const ended: string[] = [];
  await using server = await serveFlight({
    handlers: {
      doExchange: (_, call) => ({ schema: blockSchema, messages: produce("waits", call, ended) }),
    },
  });
  const client = connectFlight(server.uri);
  const stop = new AbortController();
  const { writer, reader } = client.doExchange({ path: ["x"] }, { signal: stop.signal });
  await writer.open();
  await reader[Symbol.asyncIterator]().next();
  stop.abort();
  client.close();
  await expect.poll(() => ended).toEqual(["waits"]);
});

test("a handler that stops reading early still answers, and the caller comes to an end", async () => {
  const handlers: FlightHandlers = {
    async *doPut(input) {
      for await (const { batch } of input) {
        yield bytes(`one of ${batch?.numRows}`);
        return;
      }
    },
    doExchange: (input) => ({ schema: blockSchema, messages: first(input) }),
    async *handshake(payloads) {
      for await (const payload of payloads) {
        yield payload;
        return;
      }
    },
  };
  await using server = await serveFlight({ handlers });
  using client = connectFlight(server.uri);

  const put = client.doPut({ path: ["p"] });
  await put.writer.begin(blockSchema);
  await put.writer.write({ batch: blockRows(0, 3, 1) });
  expect((await collect(put.results)).map(text)).toEqual(["one of 3"]);

  const exchange = client.doExchange({ path: ["p"] });
  await exchange.writer.begin(blockSchema);
  await exchange.writer.write({ batch: blockRows(0, 3, 1) });
  expect(await collect(exchange.reader)).toHaveLength(1);
  await expect(exchange.writer.write({ batch: blockRows(0, 3, 1) })).rejects.toMatchObject({
    code: "aborted",
  });

  const payloads = [bytes("a"), bytes("b")];
  expect((await client.handshake({ payloads })).map(text)).toEqual(["a"]);
});

test("an error of the server ends a writer that nobody reads for", async () => {
  await using server = await serveFlight({ handlers: {} });
  using client = connectFlight(server.uri);
  const { writer } = client.doPut({ path: ["p"] });
  const write = async () => {
    await writer.begin(blockSchema);
    while (true) await writer.write({ batch: blockRows(0, 1, 100_000) });
  };
  await expect(write()).rejects.toMatchObject({ code: "unsupported" });
});

test("a caller out of time gets that error, and the handler its signal", async () => {
  const ended: string[] = [];
  await using server = await serveFlight({
    handlers: {
      doGet: (_, call) => ({ schema: blockSchema, messages: produce("waits", call, ended) }),
      getSchema: () => new Promise(() => undefined),
    },
  });
  using client = connectFlight(server.uri);
  const late = { code: "timeout" };
  await expect(collect(client.doGet(bytes("t"), { timeoutMs: 100 }))).rejects.toMatchObject(late);
  await expect.poll(() => ended).toEqual(["waits"]);
  await expect(client.getSchema({ path: [] }, { timeoutMs: 50 })).rejects.toMatchObject(late);
  const signal = AbortSignal.abort(new Error("never"));
  await expect(client.getSchema({ path: [] }, { signal })).rejects.toThrow("never");
  await expect(collect(client.listActions({ signal }))).rejects.toThrow("never");
});

async function* produce(
  kind: string,
  { signal }: FlightCall,
  ended: string[],
): AsyncGenerator<FlightOutput> {
  try {
    yield { batch: blockRows(0, 1, 10) };
    if (kind === "waits") {
      await new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    }
    while (true) yield { batch: blockRows(0, 1, 100_000) };
  } finally {
    ended.push(kind);
  }
}

async function* deaf(): AsyncGenerator<FlightOutput> {
  await new Promise(() => undefined);
  yield { metadata: bytes("never") };
}

async function* first(input: AsyncIterable<FlightOutput>): AsyncGenerator<FlightOutput> {
  for await (const { batch } of input) {
    if (batch) yield { batch };
    return;
  }
}

async function drain(reader: AsyncIterator<unknown>): Promise<void> {
  while (!(await reader.next()).done);
}
