import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import {
  DvidConnection,
  type DvidOptions,
  openLabelmap,
  readFrames,
  writeFrames,
} from "../../src/dvid/index.ts";
import { readIndexRecords } from "../../src/dvid/index-records.ts";
import { readLabels } from "../../src/dvid/label-list.ts";
import { isLabelmapError } from "../../src/index.ts";
import { type Handler, listen } from "./replay.ts";

async function served(handler: Handler, options: DvidOptions = {}): Promise<DvidConnection> {
  const server = await listen(handler);
  onTestFinished(server.close);
  return new DvidConnection(server.url, { firstDelayMs: 1, ...options });
}

const block = { block: [0, 0, 0], payload: Uint8Array.of(1, 2, 3) } as const;
const limits = { asked: ([x]: readonly number[]) => x === 0, maxPayload: 100 };

test("429, 503 and 500 are tried again, and given up after the attempts", async () => {
  let calls = 0;
  const retried: string[] = [];
  const connection = await served(
    (_, response) => {
      calls++;
      response.statusCode = [429, 503, 500][calls - 1] ?? 200;
      response.end("7");
    },
    { onRetry: ({ message }) => retried.push(message) },
  );
  expect(await connection.json("x")).toBe(7);
  expect(retried).toEqual([429, 503, 500].map((code) => `DVID says ${code} for /api/x: 7`));

  const busy = await served(
    (_, response) => {
      calls++;
      response.writeHead(503).end("busy");
    },
    { attempts: 3 },
  );
  calls = 0;
  await expect(busy.json("x")).rejects.toMatchObject({ code: "unavailable" });
  expect(calls).toBe(3);
});

test("a refusal is not tried again, and 401 is forbidden", async () => {
  let calls = 0;
  const connection = await served((_, response) => {
    response.writeHead(++calls === 1 ? 400 : 401).end("no");
  });
  await expect(connection.json("x")).rejects.toMatchObject({ code: "rejected" });
  await expect(connection.json("x")).rejects.toMatchObject({ code: "forbidden" });
  expect(calls).toBe(2);
});

test("a stream that is cut is read again from the start", async () => {
  let calls = 0;
  const connection = await served((_, response) => {
    if (++calls > 1) return response.end("whole");
    response.write("half");
    return setTimeout(() => response.destroy(), 20);
  });
  expect(Buffer.from(await connection.bytes("x", 100)).toString()).toBe("whole");
});

test("a server that sends nothing is left after the idle time", async () => {
  const connection = await served(() => {}, { idleMs: 30, attempts: 2 });
  await expect(connection.bytes("x", 100)).rejects.toMatchObject({ code: "unavailable" });
});

test("nobody listening is unavailable; an aborted call says so", async () => {
  const server = await listen(() => {});
  await server.close();
  const connection = new DvidConnection(server.url, { attempts: 2, firstDelayMs: 1 });
  await expect(connection.json("x")).rejects.toMatchObject({ code: "unavailable" });
  const signal = AbortSignal.abort();
  await expect(connection.json("x", { signal })).rejects.toMatchObject({ name: "AbortError" });
});

test("an answer past its limit is not held", async () => {
  const connection = await served((_, response) => {
    response.end(Buffer.alloc(1e6));
  });
  await expect(connection.bytes("x", 1000)).rejects.toMatchObject({ code: "too-large" });
});

test.each([
  [
    "a page",
    "<html>hello</html>",
    /no DVID answers at .*: \/api\/repo\/ab\/info: not JSON: <html>/,
  ],
  ["other JSON", "[]", /no DVID answers at .*: DVID's answer has no DAG/],
])("%s in place of DVID's answer is told with its address", async (_, answer, reason) => {
  const server = await listen((_, response) => {
    response.end(answer);
  });
  onTestFinished(server.close);
  await expect(openLabelmap(server.url, "ab", "seg")).rejects.toThrow(reason);
});

test("bytes that are no text are not in a message", () => {
  const answer = Buffer.concat([writeFrames([block]), new Uint8Array(30)]);
  expect(() => readFrames(answer, limits)).toThrow(/byte 19 of 49, but 30 bytes that are no text$/);
});

test("a GET carries its body and its token", async () => {
  const connection = await served(
    async ({ method, headers }, response) => {
      response.end(JSON.stringify([method, headers["content-length"], headers.authorization]));
    },
    { token: "t" },
  );
  expect(await connection.json("x", { body: "[1,2]" })).toEqual(["GET", "5", "Bearer t"]);
});

test("frames are read as they were written", () => {
  const frames = [block, { block: [0, -2, 5], payload: new Uint8Array() }] as const;
  expect(readFrames(writeFrames(frames), limits)).toEqual(
    frames.map(({ block, payload }) => ({ block, payload: Buffer.from(payload) })),
  );
  expect(readFrames(new Uint8Array(), limits)).toEqual([]);
});

test.each([
  ["an error text", Buffer.from("could not read block: EOF\n")],
  ["a short error text", Buffer.from("EOF\n")],
  ["a block that was not asked for", writeFrames([{ ...block, block: [1, 0, 0] }])],
  ["a block twice", writeFrames([block])],
  ["an absurd size", writeFrames([{ block: [0, 0, 1], payload: new Uint8Array(101) }])],
  ["a cut payload", writeFrames([{ ...block, block: [0, 1, 1] }]).subarray(0, -1)],
])("%s after the data spoils the answer", (_, tail) => {
  const answer = Buffer.concat([writeFrames([block]), tail]);
  expect(() => readFrames(answer, limits)).toThrow(
    expect.objectContaining({ code: "unavailable", message: expect.stringContaining("byte 19") }),
  );
});

test("the marks of a list and of indices that fail midway are no data", async () => {
  async function* body(bytes: Uint8Array): AsyncGenerator<Buffer> {
    yield Buffer.from(bytes);
  }
  const list = new Uint8Array(BigUint64Array.of(1n, 2n, 0n, 0n, 0n, 0n).buffer);
  await expect(readLabels(body(list), 10)).rejects.toMatchObject({ code: "unavailable" });
  await expect(readIndexRecords(body(new Uint8Array(16)), [1n], 1e6)).rejects.toMatchObject({
    code: "unavailable",
  });
  const one = new Uint8Array(BigUint64Array.of(0n, 1n).buffer);
  expect(await readIndexRecords(body(one), [1n], 1e6)).toEqual([undefined]);
  await expect(readIndexRecords(body(one), [], 1e6)).rejects.toMatchObject({ code: "unavailable" });
});

test("bytes that are no frames, and frames with a flipped bit, are an answer or unavailable", () => {
  const whole = writeFrames([block, { ...block, block: [0, 5, -5] }]);
  const flipped = fc.nat(8 * whole.length - 1).map((bit) => {
    const copy = Uint8Array.from(whole);
    copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return copy;
  });
  fc.assert(
    fc.property(fc.oneof(flipped, fc.uint8Array({ maxLength: 100 })), (bytes) => {
      try {
        return readFrames(bytes, limits).every(({ block }) => block[0] === 0);
      } catch (error) {
        return isLabelmapError(error, "unavailable");
      }
    }),
    { numRuns: 1000 },
  );
});
