import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectFlight, type FlightClient, type FlightMessage } from "../src/index.ts";
import { blockRows, blockSchema, bytes, collect, text, told } from "./block-rows.ts";
import { selfSigned } from "./certificates.ts";
import { needsPyarrow, PyarrowPeer, withoutPyarrow } from "./pyarrow.ts";

describe.each(["scatter", "concat"] as const)(
  `pyarrow's server, %s ${needsPyarrow}`,
  (serializer) => {
    let server: Awaited<ReturnType<typeof PyarrowPeer.server>>;
    let client: FlightClient;

    beforeAll(async () => {
      if (withoutPyarrow) return;
      server = await PyarrowPeer.server();
      client = connectFlight(server.uri, { serializer });
    });
    afterAll(async () => {
      client?.close();
      await server?.[Symbol.asyncDispose]();
    });

    test.skipIf(withoutPyarrow)(
      "DoGet: reads every value and the metadata of each batch",
      async () => {
        const reader = client.doGet(bytes('{"batches":3,"rows":7,"size":20000}'));
        expect(String(await reader.schema())).toBe(String(blockSchema));
        const messages = await collect(reader);
        expect(messages.map(({ metadata }) => text(metadata))).toEqual(["m0", "m1", "m2"]);
        expect(told(messages.flatMap(({ batch }) => batch ?? []))).toEqual(
          told([0, 1, 2].map((start) => blockRows(start, 7, 20_000))),
        );
      },
    );

    test.skipIf(withoutPyarrow)(
      "DoGet: reads all types, misaligned or in a dictionary",
      async () => {
        const [message] = await collect(client.doGet(bytes('{"types":true}')));
        const rows = message?.batch?.toArray().map((row) => plain(row));
        expect(rows).toEqual([
          {
            ...{
              i8: 1,
              f64: 0.5,
              flag: true,
              text: "a",
              large: "x",
              when: 0,
              pair: { a: "1", b: "p" },
            },
            ...{ word: "r", fixed: [97, 98, 99, 100], nested: [["1"], []], money: "1", none: null },
          },
          {
            ...{ i8: null, f64: null, flag: null, text: null, large: "yy", when: null, pair: null },
            ...{ word: "s", fixed: null, nested: null, money: null, none: null },
          },
          {
            ...{ i8: -3, f64: -1.5, flag: false, text: "ccc", large: null, when: 10 ** 12 },
            ...{ pair: { a: "3", b: null }, word: "r", fixed: [101, 102, 103, 104] },
            ...{ nested: [["2", "3"]], money: "2", none: null },
          },
        ]);
      },
    );

    test.skipIf(withoutPyarrow)("DoPut: every value arrives, each batch is answered", async () => {
      const { writer, results } = client.doPut({ path: ["fly", "blocks"] });
      const answers = results[Symbol.asyncIterator]();
      const next = async () => JSON.parse(text((await answers.next()).value));
      await writer.begin(blockSchema);
      expect(await next()).toEqual({ path: ["fly", "blocks"] });
      for (const rows of [1, 6, 0]) {
        const batch = blockRows(rows, rows, 30_000);
        await writer.write({ batch, metadata: bytes(`m${rows}`) });
        expect(await next()).toEqual({ ...told([batch]), metadata: `m${rows}` });
      }
      writer.end();
      expect((await answers.next()).done).toBe(true);
    });

    test.skipIf(withoutPyarrow)("DoPut: a batch over the limit goes out as several", async () => {
      const { writer, results } = client.doPut({ command: bytes("big") });
      const batch = blockRows(0, 64, 200_000);
      const [, answers] = await Promise.all([
        writer
          .begin(blockSchema)
          .then(() => writer.write({ batch, metadata: bytes("last") }))
          .then(() => writer.end()),
        collect(results),
      ]);
      const [, ...batches] = answers.map((answer) => JSON.parse(text(answer)));
      expect(batches.length).toBeGreaterThan(3);
      expect(batches.flatMap(({ columns }) => columns.block)).toEqual(
        (told([batch]) as { columns: { block: string[] } }).columns.block,
      );
      expect(batches.at(-1).metadata).toBe("last");
    });

    test.skipIf(withoutPyarrow)("DoExchange: batches both ways", async () => {
      const { writer, reader } = client.doExchange({ command: bytes("echo") });
      await writer.begin(blockSchema);
      const answers = reader[Symbol.asyncIterator]();
      for (const rows of [3, 4]) {
        const batch = blockRows(0, rows, 50);
        await writer.write({ batch, metadata: bytes("m") });
        const { batch: echoed, metadata } = (await answers.next()).value as FlightMessage;
        expect(told(echoed ? [echoed] : [])).toEqual(told([batch]));
        expect(text(metadata)).toBe("m");
      }
      writer.end();
      expect((await answers.next()).done).toBe(true);
    });

    test.skipIf(withoutPyarrow)(
      "DoExchange: bare metadata, and a server that speaks first",
      async () => {
        const { writer, reader } = client.doExchange({ command: bytes("first") });
        await writer.open();
        const answers = reader[Symbol.asyncIterator]();
        const next = async () => text(((await answers.next()).value as FlightMessage).metadata);
        expect(await next()).toBe("speaking first");
        for (const word of ["go", "on"]) {
          await writer.write({ metadata: bytes(word) });
          expect(await next()).toBe(word.toUpperCase());
        }
        writer.end();
        expect((await answers.next()).done).toBe(true);
      },
    );

    test.skipIf(withoutPyarrow)("DoAction, ListActions", async () => {
      const results = await collect(client.doAction({ type: "echo", body: bytes("hello") }));
      expect(results.map(text)).toEqual(["hello", "second"]);
      expect(await collect(client.listActions())).toEqual([
        { type: "echo", description: "says it again" },
        { type: "wait", description: "" },
      ]);
    });

    test.skipIf(withoutPyarrow)("ListFlights, GetFlightInfo, GetSchema", async () => {
      const [first, second, ...more] = await collect(client.listFlights(bytes("mine")));
      expect(more).toEqual([]);
      expect(first).toMatchObject({
        descriptor: { path: ["a", "mine"] },
        endpoints: [{ ticket: bytes("t1"), locations: ["grpc+tcp://127.0.0.1:1"] }],
        totalRecords: 7,
        totalBytes: 2 ** 53 - 1,
        ordered: true,
      });
      expect(text(first?.metadata)).toBe("app");
      expect(String(second?.schema)).toBe(String(blockSchema));
      const info = await client.getFlightInfo({ command: bytes("c") });
      expect("command" in (info.descriptor ?? {})).toBe(true);
      expect(String(await client.getSchema({ path: ["x"] }))).toBe(String(blockSchema));
    });

    test.skipIf(withoutPyarrow)(
      "errors, deadlines and aborts end the call they belong to",
      async () => {
        await expect(client.getFlightInfo({ command: bytes("missing") })).rejects.toMatchObject({
          name: "FlightError",
          message: expect.stringContaining("no such flight"),
        });
        await expect(
          collect(client.doAction({ type: "fail", body: bytes("") })),
        ).rejects.toMatchObject({
          code: "not-found",
        });
        const wait = { type: "wait", body: bytes("") };
        await expect(collect(client.doAction(wait, { timeoutMs: 50 }))).rejects.toMatchObject({
          code: "timeout",
        });
        const signal = AbortSignal.timeout(50);
        await expect(collect(client.doAction(wait, { signal }))).rejects.toThrow(
          "aborted due to timeout",
        );
      },
    );
  },
);

describe(`pyarrow's server and credentials ${needsPyarrow}`, () => {
  test.skipIf(withoutPyarrow)("TLS and a bearer token", async () => {
    await using certificates = await selfSigned();
    const { cert: ca, files } = certificates;
    await using server = await PyarrowPeer.server({ ...files, auth: "bearer" });
    using known = connectFlight(server.uri, { tls: { ca }, token: "s3cret" });
    expect(await collect(known.listActions())).toHaveLength(2);
    using unknown = connectFlight(server.uri, { tls: { ca }, token: "guess" });
    await expect(collect(unknown.listActions())).rejects.toMatchObject({ code: "unauthenticated" });
    using stranger = connectFlight(server.uri, { token: "s3cret" });
    await expect(collect(stranger.listActions())).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining("certificate is not trusted"),
    });
    using plaintext = connectFlight(server.uri.replace("tls", "tcp"), { token: "s3cret" });
    await expect(collect(plaintext.listActions())).rejects.toMatchObject({ code: "unavailable" });
  });

  test.skipIf(withoutPyarrow)("Handshake: the answer is the token of later calls", async () => {
    await using server = await PyarrowPeer.server({ auth: "words" });
    using client = connectFlight(server.uri);
    await expect(collect(client.listActions())).rejects.toMatchObject({ code: "unauthenticated" });
    const answers = await client.handshake({ payloads: [bytes("sesame")] });
    expect(answers.map(text)).toEqual(["SESAME"]);
    expect(await collect(client.listActions())).toHaveLength(2);
  });
});

/** As JSON would have it, with 64-bit numbers as strings. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint32Array) return String(value[0]);
  if (Symbol.iterator in value && !("toJSON" in value && !("get" in value && "length" in value))) {
    return Array.from(value as Iterable<unknown>, plain);
  }
  const json = "toJSON" in value ? (value as { toJSON(): unknown }).toJSON() : value;
  if (Array.isArray(json)) return json.map(plain);
  return Object.fromEntries(
    Object.entries(json as object).map(([key, item]) => [key, plain(item)]),
  );
}
