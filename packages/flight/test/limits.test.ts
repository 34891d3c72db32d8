import { createServer } from "node:net";
import { promisify } from "node:util";
import {
  Client,
  credentials,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
} from "@grpc/grpc-js";
import { expect, test, vi } from "vitest";
import { ScatteredMessage } from "../src/flight-data.ts";
import {
  connectFlight,
  type FlightHandlers,
  type ServeOptions,
  serveFlight,
} from "../src/index.ts";
import { flightMethods } from "../src/rpc.ts";
import { blockRows, blockSchema, bytes, collect, text } from "./block-rows.ts";
import { selfSigned } from "./certificates.ts";

const insecure = {
  client: credentials.createInsecure(),
  server: ServerCredentials.createInsecure(),
};

const handlers: FlightHandlers = {
  doGet: (ticket) => ({
    schema: blockSchema,
    messages: [{ batch: blockRows(0, 1, Number(text(ticket))) }],
  }),
  async *doPut(input) {
    for await (const { batch } of input) yield bytes(`${batch?.getChild("block")?.get(0).length}`);
  },
  listActions: () => [{ type: "none", description: "" }],
};

test("a row over the limit is refused by its sender, with both numbers", async () => {
  await using server = await serveFlight({ handlers });
  using client = connectFlight(server.uri);
  const reason = /one row makes a message of 50\d{5} bytes, the limit is 4000000/;
  const tooLarge = { code: "too-large", message: expect.stringMatching(reason) };
  await expect(collect(client.doGet(bytes("5000000")))).rejects.toMatchObject(tooLarge);
  const { writer } = client.doPut({ path: ["p"] });
  await writer.begin(blockSchema);
  await expect(writer.write({ batch: blockRows(0, 1, 5_000_000) })).rejects.toMatchObject(tooLarge);
});

test("both ends can lift the limit; one alone is refused by the other", async () => {
  const maxMessageSize = 20_000_000;
  await using server = await serveFlight({ handlers, maxMessageSize });
  using large = connectFlight(server.uri, { maxMessageSize });
  const [message] = await collect(large.doGet(bytes("9000000")));
  expect(message?.batch?.getChild("block")?.get(0).length).toBe(9_000_000);
  const { writer, results } = large.doPut({ path: ["p"] });
  await writer.begin(blockSchema);
  await writer.write({ batch: blockRows(0, 1, 9_000_000) });
  writer.end();
  expect((await collect(results)).map(text)).toEqual(["9000000"]);
  using small = connectFlight(server.uri);
  await expect(collect(small.doGet(bytes("9000000")))).rejects.toMatchObject({ code: "too-large" });
});

test("grpc-js uses nothing of a message but its length and its copy", async () => {
  const asked = { client: new Set<string>(), server: new Set<string>() };
  const spy = (by: Set<string>) => () =>
    new Proxy(new ScatteredMessage([bytes("hello")]), {
      get(target, name) {
        by.add(String(name));
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    }) as unknown as Buffer;
  const DoExchange = {
    ...flightMethods("scatter").DoExchange,
    requestSerialize: spy(asked.client),
    responseSerialize: spy(asked.server),
  };
  const server = new Server();
  server.addService(
    { DoExchange },
    {
      DoExchange: (call: ServerDuplexStream<Buffer, object>) => {
        call.on("data", (message) => {
          expect(text(message)).toBe("hello");
          call.write({}, () => call.end());
        });
      },
    },
  );
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", insecure.server);
  const client = new Client(`127.0.0.1:${port}`, insecure.client);
  const { path, requestSerialize, responseDeserialize } = DoExchange;
  const call = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize);
  call.write({});
  const received: string[] = [];
  for await (const message of call) received.push(text(message));
  client.close();
  server.forceShutdown();
  expect(received).toEqual(["hello"]);
  expect(asked.server).toEqual(new Set(["byteLength", "copy"]));
  expect(asked.client).toEqual(new Set(["length", "copy"]));
});

test("a server copies no value that goes to the socket, unless it is told to", async () => {
  const copy = vi.spyOn(ScatteredMessage.prototype, "copy");
  for (const serializer of ["direct", "scatter", "concat"] as const) {
    await using server = await serveFlight({ handlers, serializer });
    using client = connectFlight(server.uri);
    const [message] = await collect(client.doGet(bytes("1000000")));
    expect(message?.batch?.getChild("block")?.get(0).length).toBe(1_000_000);
    // The schema and the batch.
    expect(copy).toHaveBeenCalledTimes(serializer === "direct" ? 0 : 2);
    copy.mockClear();
  }
  copy.mockRestore();
});

test("TLS with a client's certificate lets in who has one", async () => {
  await using certificates = await selfSigned();
  const { cert, key } = certificates;
  await using server = await serveFlight({ tls: { cert, key, clientCa: cert }, handlers });
  using known = connectFlight(server.uri, {
    tls: { ca: cert, cert, key, serverName: "localhost" },
  });
  expect(await collect(known.listActions())).toHaveLength(1);
  using unknown = connectFlight(server.uri, { tls: { ca: cert, serverName: "localhost" } });
  await expect(collect(unknown.listActions())).rejects.toMatchObject({ code: "unavailable" });
});

test("a handshake that cannot succeed is told in words, and not as a server that is away", async () => {
  await using certificates = await selfSigned();
  const { cert, key } = certificates;
  await using secure = await serveFlight({ tls: { cert, key }, handlers });
  await using plain = await serveFlight({ handlers });
  for (const [uri, reason] of [
    [secure.uri, /certificate is not trusted \(self-signed certificate\): give the one/],
    [plain.uri.replace("grpc+tcp", "grpc+tls"), /speaks no TLS; its address would begin with/],
  ] as const) {
    using client = connectFlight(uri, { tls: { serverName: "localhost" } });
    await expect(collect(client.listActions())).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringMatching(reason),
    });
  }
  using unencrypted = connectFlight(secure.uri.replace("grpc+tls", "grpc+tcp"));
  await expect(collect(unencrypted.listActions())).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/wants TLS does: then its address begins with grpc\+tls:/),
  });
  using away = connectFlight("grpc+tcp://127.0.0.1:1");
  await expect(collect(away.listActions())).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1$/),
  });
});

test("a token may be judged by a function, and one that fails lets nobody in", async () => {
  const tokens = async (token: string) => {
    if (token === "fault") throw new Error("no database");
    return token === "good";
  };
  await using server = await serveFlight({ handlers, tokens });
  const actions = async (token?: string) => {
    using client = connectFlight(server.uri, token === undefined ? {} : { token });
    return await collect(client.listActions());
  };
  expect(await actions("good")).toHaveLength(1);
  for (const token of ["bad", "fault", undefined]) {
    await expect(actions(token)).rejects.toMatchObject({ code: "unauthenticated" });
  }
});

test("credentials stay off the wire and out of errors where they would be seen", async () => {
  expect(() => connectFlight("grpc://10.0.0.1:1", { token: "s3cret" })).toThrow(
    /^Expected TLS or `allowPlaintext` to send credentials to 10.0.0.1/,
  );
  using client = connectFlight("grpc://10.0.0.1:1");
  await expect(client.handshake({ username: "a" })).rejects.toThrow(/^Expected TLS/);
  await using server = await serveFlight({ handlers, tokens: ["s3cret"] });
  using wrong = connectFlight(server.uri, { token: "gu3ss" });
  const error = await collect(wrong.listActions()).catch((error: unknown) => error);
  expect(JSON.stringify([error, String(error)])).not.toMatch(/gu3ss|s3cret/);
});

test("a server that cannot listen as told says so", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const address = taken.address();
  const port = typeof address === "object" && address ? address.port : 0;
  await expect(serveFlight({ handlers, port })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringContaining(`cannot listen on 127.0.0.1:${port}`),
  });
  taken.close();
  const refused: [Partial<ServeOptions>, RegExp][] = [
    [{ host: "0.0.0.0" }, /`tls` or `allowPlaintext` for a server on 0.0.0.0/],
    [{ port: 70_000 }, /`port` to be an integer from 0 to 65535, got 70000/],
    [{ maxMessageSize: 5 }, /`maxMessageSize` to be an integer from 1024 to 2\^31, got 5/],
  ];
  for (const [options, reason] of refused) {
    await expect(serveFlight({ handlers, ...options })).rejects.toThrow(reason);
  }
  await expect(
    serveFlight({ handlers, tls: { cert: "nonsense", key: "nonsense" } }),
  ).rejects.toMatchObject({ code: "unavailable" });
});

test("a client is told what is wrong with its address or window", async () => {
  for (const uri of ["127.0.0.1:80", "http://127.0.0.1:80", "grpc://host", "grpc://a@host:1", ""]) {
    expect(() => connectFlight(uri)).toThrow(/Expected `uri` to be grpc\+tcp:/);
  }
  expect(() => connectFlight("grpc://[::1]:80", { windowSize: 1 })).toThrow(/`windowSize`/);
  using nobody = connectFlight("grpc://127.0.0.1:1");
  await expect(collect(nobody.listActions())).rejects.toMatchObject({ code: "unavailable" });
});
