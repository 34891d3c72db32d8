import { expect, test } from "vitest";
import { connectFlight, type FlightMessage, type FlightOutput, serveFlight } from "../src/index.ts";
import { blockRows, blockSchema, bytes, collect, extremes, text } from "./block-rows.ts";

test("DoGet streams scattered rows with every value in place", async () => {
  await using server = await serveFlight({
    handlers: {
      doGet: (ticket) => ({
        schema: blockSchema,
        messages: [{ batch: blockRows(0, 6, 1000), metadata: ticket }],
      }),
    },
  });
  using client = connectFlight(server.uri);
  const messages = await collect(client.doGet(bytes("all")));
  expect(messages.map(({ metadata }) => text(metadata))).toEqual(["all"]);
  const rows = [...(messages[0]?.batch ?? [])];
  expect(rows.map((row) => row.x)).toEqual([0, 1, 2, 3, 4, 5]);
  expect([...(rows[0]?.labels ?? [])]).toEqual(extremes);
  expect(rows[4]?.labels).toBeNull();
  expect(rows[5]?.block).toEqual(new Uint8Array(1000).fill(5));
});

test("DoPut answers each batch while the stream goes on", async () => {
  await using server = await serveFlight({
    handlers: {
      async *doPut(input) {
        yield bytes(JSON.stringify(await input.descriptor()));
        for await (const { batch } of input) yield bytes(`${batch?.numRows}`);
      },
    },
  });
  using client = connectFlight(server.uri);
  const { writer, results } = client.doPut({ path: ["a", "b"] });
  const answers = results[Symbol.asyncIterator]();
  await writer.begin(blockSchema);
  expect(text((await answers.next()).value)).toBe('{"path":["a","b"]}');
  for (const rows of [1, 2, 3]) {
    await writer.write({ batch: blockRows(0, rows, 10) });
    expect(text((await answers.next()).value)).toBe(String(rows));
  }
  writer.end();
  expect((await answers.next()).done).toBe(true);
});

test("DoExchange carries batches both ways at once", async () => {
  await using server = await serveFlight({
    handlers: {
      doExchange: (input) => ({ schema: blockSchema, messages: echo(input) }),
    },
  });
  using client = connectFlight(server.uri);
  const { writer, reader } = client.doExchange({ command: bytes("echo") });
  await writer.begin(blockSchema);
  const answers = reader[Symbol.asyncIterator]();
  for (const rows of [1, 2, 3]) {
    await writer.write({ batch: blockRows(0, rows, 10) });
    expect((await answers.next()).value?.batch?.numRows).toBe(rows);
  }
  writer.end();
  expect((await answers.next()).done).toBe(true);
});

async function* echo(input: AsyncIterable<FlightMessage>): AsyncGenerator<FlightOutput> {
  for await (const message of input) yield message;
}
