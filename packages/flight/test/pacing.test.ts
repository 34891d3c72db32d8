import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { connectFlight, type FlightOutput, serveFlight } from "../src/index.ts";
import { blockRows, blockSchema, bytes, collect } from "./block-rows.ts";

/** 2 MB, the size at which a stream is fastest. */
const large = () => blockRows(0, 20, 100_000);
/** What may lie between two ends: 16 messages in the reader's stream, the window, and those in hand. */
const bound = 16 + 4 + 4;

test("a reader that pauses stops DoGet's producer", async () => {
  let produced = 0;
  await using server = await serveFlight({
    handlers: { doGet: () => ({ schema: blockSchema, messages: count(200, () => produced++) }) },
  });
  using client = connectFlight(server.uri);
  const stop = new AbortController();
  const reader = client.doGet(bytes("t"), { signal: stop.signal })[Symbol.asyncIterator]();
  await reader.next();
  await reader.next();
  await settled(() => produced);
  expect(produced).toBeLessThan(bound);
  stop.abort();
});

test("a server that does not read stops DoPut's producer", async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  await using server = await serveFlight({
    handlers: {
      async *doPut(input) {
        await gate;
        for await (const { batch } of input) if (!batch) return;
        yield bytes("read");
      },
    },
  });
  using client = connectFlight(server.uri);
  const { writer, results } = client.doPut({ path: ["p"] });
  let written = 0;
  const producer = (async () => {
    await writer.begin(blockSchema);
    for (; written < 60; written++) await writer.write({ batch: large() });
    writer.end();
  })();
  await settled(() => written);
  expect(written).toBeLessThan(bound);
  release();
  expect(await collect(results)).toHaveLength(1);
  await producer;
});

test("two streams of one connection do not wait for each other", async () => {
  await using server = await serveFlight({
    handlers: { doGet: () => ({ schema: blockSchema, messages: count(60) }) },
  });
  using client = connectFlight(server.uri);
  const stop = new AbortController();
  const paused = client.doGet(bytes("a"), { signal: stop.signal })[Symbol.asyncIterator]();
  await paused.next();
  expect(await collect(client.doGet(bytes("b")))).toHaveLength(60);
  stop.abort();
});

function* count(messages: number, onEach: () => void = () => undefined): Generator<FlightOutput> {
  for (let index = 0; index < messages; index++) {
    onEach();
    yield { batch: large() };
  }
}

/** Waits until a count has stood still. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    await sleep(250);
  }
}
