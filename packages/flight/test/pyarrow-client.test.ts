import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FlightServer, type Serializer, serveFlight } from "../src/index.ts";
import { blockRows, told } from "./block-rows.ts";
import { selfSigned } from "./certificates.ts";
import { handlers, producer } from "./every-method.ts";
import { needsPyarrow, PyarrowPeer, withoutPyarrow } from "./pyarrow.ts";

describe.each<Serializer>(["direct", "scatter", "concat"])(
  `pyarrow's client, %s ${needsPyarrow}`,
  (serializer) => {
    let server: FlightServer;
    let pyarrow: PyarrowPeer;

    beforeAll(async () => {
      if (withoutPyarrow) return;
      server = await serveFlight({ serializer, handlers });
      pyarrow = await PyarrowPeer.client(server.uri);
    });
    afterAll(async () => {
      await pyarrow?.[Symbol.asyncDispose]();
      await server?.close();
    });

    test.skipIf(withoutPyarrow)("DoGet: takes every value of scattered rows", async () => {
      const sent = await pyarrow.run("get", { ticket: '{"batches":3,"rows":7,"size":20000}' });
      expect(sent).toEqual(told([0, 1, 2].map((start) => blockRows(start, 7, 20_000))));
    });

    test.skipIf(withoutPyarrow)(
      "DoGet: takes a stream without rows, and rows without bytes",
      async () => {
        expect(
          await pyarrow.run("get", { ticket: '{"batches":0,"rows":7,"size":0}' }),
        ).toMatchObject({ rows: 0 });
        expect(
          await pyarrow.run("get", { ticket: '{"batches":1,"rows":0,"size":0}' }),
        ).toMatchObject({ rows: 0 });
        expect(await pyarrow.run("get", { ticket: '{"batches":1,"rows":9,"size":0}' })).toEqual(
          told([blockRows(0, 9, 0)]),
        );
      },
    );

    test.skipIf(withoutPyarrow)(
      "DoGet: a batch over the limit arrives as several, its metadata last",
      async () => {
        const ticket = '{"batches":1,"rows":64,"size":200000}';
        const chunks = (await pyarrow.run("chunks", { ticket })) as [number, string | null][];
        expect(chunks.length).toBeGreaterThan(3);
        expect(chunks.reduce((sum, [rows]) => sum + rows, 0)).toBe(64);
        expect(chunks.map(([, metadata]) => metadata).filter(Boolean)).toEqual(["m0"]);
        expect(chunks.at(-1)?.[1]).toBe("m0");
      },
    );

    test.skipIf(withoutPyarrow)(
      "DoGet: passes Arrow's own batches through, whatever their types",
      async () => {
        const copy = await pyarrow.run("get", { ticket: "last put" }).catch(String);
        expect(copy).toContain("nothing was put");
        await pyarrow.run("put", { descriptor: { path: ["p"] }, batches: [5], size: 9 });
        expect(await pyarrow.run("get", { ticket: "last put" })).toEqual(
          told([blockRows(0, 5, 9)]),
        );
      },
    );

    test.skipIf(withoutPyarrow)(
      "DoPut: one answer per batch, with descriptor and metadata",
      async () => {
        const answers = await pyarrow.run("put", {
          descriptor: { path: ["fly", "blocks"] },
          batches: [1, 6, 0],
          size: 100,
        });
        expect((answers as string[]).map((answer) => JSON.parse(answer))).toEqual([
          { path: ["fly", "blocks"], metadata: "m0", ...told([blockRows(0, 1, 100)]) },
          { path: ["fly", "blocks"], metadata: "m1", ...told([blockRows(1, 6, 100)]) },
          { path: ["fly", "blocks"], metadata: "m2", ...told([blockRows(2, 0, 100)]) },
        ]);
      },
    );

    test.skipIf(withoutPyarrow)("DoPut: takes dictionaries and booleans", async () => {
      expect(await pyarrow.run("put_dictionary")).toBe(
        '[["a",true],["b",false],["a",null],[null,true]]',
      );
    });

    test.skipIf(withoutPyarrow)("DoPut: refuses a compressed body by name", async () => {
      await expect(pyarrow.run("put_compressed")).rejects.toThrow(/compressed body/);
    });

    test.skipIf(withoutPyarrow)("DoExchange: batches and metadata both ways", async () => {
      const seen = await pyarrow.run("exchange", {
        descriptor: { command: "echo" },
        batches: [3, 4],
        size: 50,
      });
      expect(seen).toEqual([
        [told([blockRows(0, 3, 50)]), "m0"],
        [told([blockRows(1, 4, 50)]), "m1"],
      ]);
    });

    test.skipIf(withoutPyarrow)("DoExchange: bare metadata without a schema", async () => {
      expect(await pyarrow.run("exchange_words", { words: ["go", "on"] })).toEqual(["GO", "ON"]);
    });

    test.skipIf(withoutPyarrow)("DoAction, ListActions", async () => {
      expect(await pyarrow.run("action", { type: "echo", body: "hello" })).toEqual([
        "hello",
        "second",
      ]);
      expect(await pyarrow.run("actions")).toEqual([
        ["echo", "says it again"],
        ["fail", ""],
      ]);
    });

    test.skipIf(withoutPyarrow)("ListFlights, GetFlightInfo, GetSchema", async () => {
      const flights = (await pyarrow.run("flights", { criteria: "mine" })) as unknown[];
      expect(flights).toHaveLength(2);
      expect(flights[0]).toMatchObject({
        descriptor: { path: ["a", "mine"] },
        records: 7,
        bytes: 2 ** 53 - 1,
        ordered: true,
        metadata: "app",
        endpoints: [{ ticket: "t1", locations: ["grpc+tcp://127.0.0.1:1"] }],
      });
      expect(flights[1]).toMatchObject({
        records: -1,
        endpoints: [{ ticket: "t2", locations: [] }],
      });
      expect(await pyarrow.run("info", { descriptor: { command: "c" } })).toMatchObject({
        descriptor: { command: "c" },
      });
      const schema = await pyarrow.run("schema", { descriptor: { path: ["x"] } });
      expect(schema).toMatch(/x: int32 not null\nlabels: list<item: uint64>\n.*\nblock: binary/);
    });

    test.skipIf(withoutPyarrow)(
      "an error keeps its kind and says why; a fault says nothing",
      async () => {
        const fail = (body: string) => pyarrow.run("action", { type: "fail", body });
        await expect(fail("not-found")).rejects.toThrow(
          /FlightServerError|KeyError|not-found said so/,
        );
        await expect(fail("unauthenticated")).rejects.toThrow(
          /FlightUnauthenticatedError.*said so/s,
        );
        await expect(fail("forbidden")).rejects.toThrow(/FlightUnauthorizedError.*said so/s);
        await expect(fail("unavailable")).rejects.toThrow(/FlightUnavailableError.*said so/s);
        await expect(fail("cancelled")).rejects.toThrow(/FlightCancelledError.*said so/s);
        await expect(fail("timeout")).rejects.toThrow(/FlightTimedOutError.*said so/s);
        await expect(fail("fault")).rejects.toThrow(/^(?!.*passw0rd).*internal error/s);
        await expect(pyarrow.run("info", { descriptor: { command: "missing" } })).rejects.toThrow(
          "no such flight",
        );
      },
    );

    test.skipIf(withoutPyarrow)("cancelling DoGet ends the producer", async () => {
      const before = producer.ended;
      expect(await pyarrow.run("chunks", { ticket: "endless", limit: 2 })).toHaveLength(2);
      await expect.poll(() => producer.ended, { timeout: 5000 }).toBe(before + 1);
    });
  },
);

test.skipIf(withoutPyarrow)(
  `a client that is killed ends its producer ${needsPyarrow}`,
  async () => {
    const before = { ...producer };
    await using server = await serveFlight({ handlers });
    await using pyarrow = await PyarrowPeer.client(server.uri);
    const reading = pyarrow.run("chunks", { ticket: "endless" }).catch(String);
    await expect.poll(() => producer.batches).toBeGreaterThan(before.batches + 20);
    pyarrow.kill();
    expect(await reading).toContain("pyarrow has ended");
    await expect.poll(() => producer.ended, { timeout: 5000 }).toBe(before.ended + 1);
  },
);

describe(`pyarrow's client and credentials ${needsPyarrow}`, () => {
  test.skipIf(withoutPyarrow)("TLS and a bearer token", async () => {
    await using certificates = await selfSigned();
    const { cert, key, files } = certificates;
    await using server = await serveFlight({ tls: { cert, key }, tokens: ["s3cret"], handlers });
    await using known = await PyarrowPeer.client(server.uri, { ca: files.cert, token: "s3cret" });
    expect(await known.run("get", { ticket: '{"batches":1,"rows":2,"size":3}' })).toMatchObject({
      rows: 2,
    });
    await using unknown = await PyarrowPeer.client(server.uri, { ca: files.cert, token: "guess" });
    await expect(unknown.run("actions")).rejects.toThrow(
      /FlightUnauthenticatedError.*not accepted/s,
    );
    await using nobody = await PyarrowPeer.client(server.uri, { ca: files.cert });
    await expect(nobody.run("actions")).rejects.toThrow(/FlightUnauthenticatedError.*needed/s);
    await using stranger = await PyarrowPeer.client(server.uri, { token: "s3cret" });
    await expect(stranger.run("actions")).rejects.toThrow(/FlightUnavailableError/);
    const plain = server.uri.replace("tls", "tcp");
    await using plaintext = await PyarrowPeer.client(plain, { token: "s3cret" });
    await expect(plaintext.run("actions")).rejects.toThrow(/FlightUnavailableError/);
  });

  test.skipIf(withoutPyarrow)("Handshake: a word, and a name with a password", async () => {
    await using server = await serveFlight({ tokens: ["SESAME", "t0ken"], handlers });
    await using pyarrow = await PyarrowPeer.client(server.uri);
    await expect(pyarrow.run("actions")).rejects.toThrow(/FlightUnauthenticatedError/);
    await pyarrow.run("authenticate", { word: "sesame" });
    expect(await pyarrow.run("actions")).toHaveLength(2);
    await using other = await PyarrowPeer.client(server.uri);
    expect(await other.run("basic", { username: "ada", password: "passw0rd" })).toBe(
      "Bearer t0ken",
    );
    expect(await other.run("actions")).toHaveLength(2);
    await expect(other.run("basic", { username: "ada", password: "guess" })).rejects.toThrow(
      /FlightUnauthenticatedError/,
    );
  });
});
